import type { Words } from '../words.ts'

export const aurora: Words = {
  names: ['Green Curtain', 'Northern River', 'Winter Ribbon', 'Jade Arc', 'Silent Fire', 'Violet Crown'],
  titles: [
    'Aurora over {place}',
    'A {name} over {place}',
    '{name}: Northern Lights above {place}',
    'After the Solar Storm: {place}',
  ],
  openings: [
    'Sometimes the whole sky seems to move.',
    'It was well past midnight when the sky above {place} came alight.',
    'Why would the sky glow green?',
  ],
  facts: [
    'Electrons from the solar wind are led along the magnetic field of the Earth and strike the air 100 kilometres up and higher.',
    'Green is the light of oxygen atoms, which take most of a second to give it off.',
    'The purple lower edge comes from nitrogen, deep enough that oxygen has no time to glow.',
    'Rays stand upright because they follow the magnetic field, and seem to meet overhead by perspective alone.',
    'Two days earlier a coronal mass ejection had left the Sun in our direction.',
    'Curtains fold and run along the sky within seconds, faster than most cameras can follow.',
    'On the ground compass needles swung by more than a degree during the display.',
  ],
  seen: [
    'The picture is a single exposure of {4-15} seconds with a wide lens.',
    '{person} had waited for {2-6} cloudy nights before this one.',
    'The hills in front are lit by nothing but the aurora itself.',
    'Stars of the Great Bear shine through, for the glowing air is as good as empty.',
  ],
}
