import type { Words } from '../words.ts'

export const eclipse: Words = {
  names: ['Crown of the Sun', 'Diamond Ring', 'Noon in the Dark', 'Silver Corona', 'Two Minutes of Night'],
  titles: ['The {name}: Totality over {place}', '{name}: A Total Solar Eclipse', 'Streamers of the Corona: The {name}'],
  openings: [
    'For a little more than {2-4} minutes the day turned into night.',
    'Only when the Moon hides the Sun does the corona come into view.',
    'By a coincidence that will not last forever, Moon and Sun look equally large from Earth.',
  ],
  facts: [
    'The corona is a million degrees hot, hundreds of times hotter than the surface below, and just why is still debated.',
    'Its streamers follow the magnetic field of the Sun and change from one eclipse to the next.',
    'Small pink flames at the rim are prominences, loops of cooler hydrogen larger than the Earth.',
    'The last ray of sunlight, shining through a valley on the rim of the Moon, makes the diamond of a diamond ring.',
    'The shadow of the Moon ran over the ground at more than {2-3},000 kilometres an hour.',
    'Birds fell silent, the air cooled by several degrees, and planets appeared in the middle of the day.',
  ],
  seen: [
    '{person} combined {20-70} exposures, from a thousandth of a second up to a full one, made in {place}.',
    'A picture with such a range of brightness has to be computed, for no single exposure holds it.',
    'Even features of the dark Moon can be made out, lit by the Earth.',
  ],
}
