import type { Words } from '../words.ts'

export const galaxy: Words = {
  names: ['Millstone', 'Catherine Wheel', 'Nautilus', 'Whitewater', 'Carousel', 'Windmill', 'Ammonite', 'Saffron'],
  titles: [
    'The {name} Galaxy Face On',
    'Spiral Arms of the {name} Galaxy',
    'The {name} Galaxy and Its Young Blue Stars',
    'At the Heart of the {name} Galaxy',
  ],
  openings: [
    'Why do galaxies such as this one have spiral arms?',
    'The {name} Galaxy is an island of some {100-400} billion stars.',
    'Seen from just the right side, the {name} Galaxy shows all of its disk at once.',
  ],
  facts: [
    'The arms are waves of higher density that travel around the disk, much as a traffic jam travels along a road.',
    'Where gas piles up in such a wave it collapses into clusters of hot blue stars, too short-lived to drift far away.',
    'The yellow centre is made of stars that are many billions of years old.',
    'Pink specks along the arms are clouds of hydrogen, each one lit by stars born inside it.',
    'Its stars move too fast for the matter that can be seen to hold them, which is one reason to believe in dark matter.',
    'A black hole of several million solar masses is thought to sit quietly in the middle.',
    'The light in this picture left about {12-80} million years ago.',
    'Nearly all of the sharp points scattered across the frame are stars of our own Milky Way, close in front.',
  ],
  seen: [
    'The frame was put together by {person} from {9-30} hours of exposure near {place}.',
    'This picture combines data from a large telescope on the ground with sharper frames from orbit.',
    'A filter for the red light of hydrogen was added to bring out the star-forming regions.',
    'Recorded from {place}, the view also catches a handful of much fainter galaxies beyond.',
  ],
}
