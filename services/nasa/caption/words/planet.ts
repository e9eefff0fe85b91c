import type { Words } from '../words.ts'

export const planet: Words = {
  names: [
    'Banded Giant',
    'Ringed World',
    'Honey-Coloured Giant',
    'Storm World',
    'Pale Giant',
    'Quiet Giant',
    'Turquoise World',
  ],
  titles: [
    'Clouds and Rings of a {name}',
    'A {name} at Half Phase',
    'Crescent Light on a {name}',
    'Sunset on a {name}',
  ],
  openings: [
    'What would it be like to drift past a {name}?',
    'This {name} has no ground to stand on.',
    'Bands of cloud wrap all the way around this {name}.',
  ],
  facts: [
    'Its bands are jet streams that blow east and west by turns, and storms are rolled between them like marbles.',
    'The brighter zones are high clouds of ammonia ice, the darker belts a look into warmer air below.',
    'A planet like this turns once in about {9-17} hours, fast enough to bulge visibly around its waist.',
    'The rings are countless pieces of ice, most of them smaller than a house, spread out thinner than a sheet of paper would be at that scale.',
    'Gaps in the rings are kept open by small moons, whose pull comes round again and again at the same place.',
    'Along the line between day and night the Sun is just setting, and the tallest clouds keep the light longest.',
    'It gives off more heat than it takes in from its star, left over from the time when it formed.',
  ],
  seen: [
    'The picture was composed from red, green and blue frames that a passing spacecraft took minutes apart.',
    '{person} stacked the sharpest tenth of {4-20},000 video frames taken from {place}.',
    'Contrast has been raised a little, so that the fainter bands can be told apart.',
    'The view is one that nobody on Earth ever has: from here, a distant planet is always nearly full.',
  ],
}
