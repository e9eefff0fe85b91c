type Some<T> = readonly [T, ...T[]]

/** What can be said of one kind of picture. `{name}`, `{place}`, `{person}` and numbers as `{2-9}` are filled in. */
export interface Words {
  readonly names: Some<string>
  readonly titles: Some<string>
  readonly openings: Some<string>
  /** Three of them go into a caption. */
  readonly facts: Some<string>
  readonly seen: Some<string>
}

export const PLACES: Some<string> = [
  'Tromsø, Norway',
  'Þingvellir, Iceland',
  'the Atacama Desert in Chile',
  'La Palma in the Canary Islands',
  'Kitt Peak, Arizona',
  'Lake Mývatn, Iceland',
  'Abisko, Sweden',
  'Cañon del Pato, Perú',
  'the Namib in southern Africa',
  'Lake Tekapo, New Zealand',
  'Székesfehérvár, Hungary',
  'Yellowknife, Canada',
  'Großglockner, Austria',
  'the Śnieżka summit, Poland',
  'Mauna Kea, Hawaiʻi',
  'Kiruna, Sweden',
]

export const PERSONS: Some<string> = [
  'Søren Ødegård',
  'Zoë Ångström-Lind',
  'Łukasz Żak',
  'María Núñez Peña',
  'Jürgen Groß',
  'Chiamaka Okafor',
  'Amelia Hart',
  'Kenji Mori (森 健二)',
  'Nguyễn Thị Hạnh',
  'Tomáš Dvořák',
  'Daniel Reyes',
  'Grace Whitfield',
  'Öykü Yıldız',
  'Ioanna Papadaki (Ιωάννα Παπαδάκη)',
  'Ravi Menon',
  'Ana Lúcia Brandão',
]

export const CLOSINGS: Some<string> = [
  'With patience, a dark site and a small telescope, some of it can be seen by eye.',
  'What became of the rest is a question that the next survey may answer.',
  'The light collected here set out long before anyone was looking.',
  'Tonight the same patch of sky will rise about four minutes earlier than it did yesterday.',
  'Astronomers expect it to look much the same for the rest of our lifetimes, and quite different to whoever comes after.',
  'Comparing pictures such as this one across decades shows how little in the sky is truly still.',
  'Follow-up observations are planned for when it next climbs high above the horizon.',
  'North is up, and a full Moon would fit across the frame about {2-5} times.',
]
