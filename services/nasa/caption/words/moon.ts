import type { Words } from '../words.ts'

export const moon: Words = {
  names: ['Grey Harbour', 'Old Highlands', 'Long Shadow', 'Cold Basin', 'Silver Limb', 'Southern Craters'],
  titles: [
    'Moonrise over the {name}',
    'Craters and Shadows: The {name}',
    'The Terminator Crosses the {name}',
    'The {name} in Colour',
  ],
  openings: [
    'Along the line between day and night the Moon is at its best.',
    'Every crater here is the scar of a single blow.',
    'It is always the same face that the Moon shows us, and never quite the same light.',
  ],
  facts: [
    'A low Sun throws shadows tens of kilometres long, and so a hill of modest height looks like a spire.',
    'The dark plains are basalt that flooded the largest basins more than three billion years ago.',
    'Bright rays around the youngest craters are crushed rock, thrown out and not yet darkened.',
    'Without air or rain a footprint there would last for millions of years.',
    'Slight differences of colour, here exaggerated, tell of more titanium in the blue ground and more iron in the red.',
    'Places near the poles that are never sunlit are among the coldest known anywhere, and hold ice.',
    'The Moon moves away from us by about {37-39} millimetres a year.',
  ],
  seen: [
    '{person} joined {12-60} overlapping frames taken from {place} on a night of unusually steady air.',
    'Faint light on the night side is earthshine: sunlight that went by way of our clouds and oceans.',
    'Two exposures were combined, one for the bright limb and one for the dark side.',
  ],
}
