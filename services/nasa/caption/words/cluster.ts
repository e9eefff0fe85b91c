import type { Words } from '../words.ts'

export const cluster: Words = {
  names: [
    'Beehive Lantern',
    'Snow Globe',
    'Diamond Dust',
    'Firefly',
    'Scattered Pearl',
    'Gilded',
    'Frost',
    'Thousand Lamps',
  ],
  titles: [
    'The {name} Star Cluster',
    'Red Giants in the {name} Cluster',
    'A Hundred Thousand Suns: The {name} Cluster',
    'Blue and Gold in the {name} Cluster',
  ],
  openings: [
    'How many stars can you count here?',
    'If our Sun were part of the {name} Cluster, the night sky would glow like a jewel box.',
    'The {name} Cluster is held together by nothing but its own gravity.',
  ],
  facts: [
    'All of these stars were born at about the same time from the same cloud, and so they differ mostly in mass.',
    'The heaviest burned quickest and have swollen into giants, orange by now and hundreds of times brighter than the Sun.',
    'A few blue stars look too young to be here; they are probably pairs that merged.',
    'Near the middle stars are packed so densely that the nearest neighbour is a light-month or two away.',
    'By comparing colour and brightness of its members astronomers put its age at {8-12} billion years.',
    'The cluster lies about {11-35},000 light-years away and circles the centre of our galaxy far above the disk.',
    'Light needs more than {90-160} years to cross from one side of it to the other.',
  ],
  seen: [
    'The picture was taken from {place} with exposures short enough to keep the core from washing out.',
    '{person} used frames in blue and in near-infrared light, so that the colours show how hot each star is.',
    'Small crosses on the brightest stars come from the struts that hold the telescope’s second mirror.',
  ],
}
