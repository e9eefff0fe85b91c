import type { Words } from '../words.ts'

export const nebula: Words = {
  names: [
    'Lantern',
    'Weaver',
    'Lost Sail',
    'Ember',
    'Heron',
    'Cathedral',
    'Thistle',
    'Salamander',
    'Wishbone',
    'Anvil',
  ],
  titles: [
    'The {name} Nebula in Gas and Dust',
    'Stars and Dust in the {name} Nebula',
    'Inside the {name} Nebula',
    'The {name} Nebula: Pillars and Shadows',
    'A Deep View of the {name} Nebula',
  ],
  openings: [
    'What lights up the {name} Nebula?',
    'The {name} Nebula is a place where stars are being made.',
    'Clouds of glowing gas and dark dust fill this view of the {name} Nebula.',
  ],
  facts: [
    'Young and massive stars near its centre shine in ultraviolet light, which knocks electrons off the hydrogen around them.',
    'When those electrons find an atom again, hydrogen glows in a deep and unmistakable red.',
    'The darker lanes are not holes but dust, grains finer than smoke that hide whatever lies behind.',
    'Oxygen that has lost two electrons adds the blue-green light, a colour that was once taken for an unknown element.',
    'Dense knots resist the wind of particles from the hottest stars, and long pillars are left standing behind them.',
    'The whole cloud lies roughly {2-7},{100-900} light-years away and spans about {20-90} light-years.',
    'In a few million years the gas will have been blown apart, leaving a loose cluster of stars.',
    'Ripples along its edge are shock fronts, where fast gas ploughs into gas that is slower and colder.',
  ],
  seen: [
    'The picture adds up {8-40} hours of exposure through three narrow filters, taken from {place}.',
    'Here light from sulphur, hydrogen and oxygen is shown as red, green and blue.',
    '{person} combined frames of {3-9} moonless nights above {place} to bring out the faint outskirts.',
    'Infrared light, which passes through dust more easily, was added to the picture in orange.',
  ],
}
