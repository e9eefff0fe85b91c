import type { Words } from '../words.ts'

export const comet: Words = {
  names: ['Brandão–Mori', 'Okafor', 'Dvořák 3', 'Whitfield', 'Núñez–Hart', 'Menon', 'Yıldız', 'Reyes'],
  titles: [
    'Comet {name} Shows Two Tails',
    'The Long Tail of Comet {name}',
    'Comet {name} before Dawn',
    'Comet {name} Passes the Sun',
  ],
  openings: [
    'A visitor from the outer Solar System is passing through.',
    'Comet {name} has grown brighter than anyone dared to predict.',
    'Why does Comet {name} have two tails?',
  ],
  facts: [
    'The blue tail is gas, charged by sunlight and swept straight away from the Sun by the solar wind.',
    'The broad pale tail is dust, each grain on an orbit of its own, and so it curves.',
    'At the centre of all this is a dark lump of ice and rock only {2-9} kilometres across.',
    'The green of its head comes from molecules of two carbon atoms, which sunlight breaks up within days.',
    'It will not come back for about {2-60},000 years, if it comes back at all.',
    'As the nucleus turns, jets on its warm side push it about, and so its path can’t be foretold for long.',
    'Dust left along its orbit may one day show up as a shower of meteors.',
  ],
  seen: [
    'The telescope followed the comet, and so the stars behind it were aligned afterwards.',
    '{person} took {20-90} short frames from {place} in the last hour of darkness.',
    'The tail reaches over more than {5-20} degrees of sky, most of it too faint for the eye.',
  ],
}
