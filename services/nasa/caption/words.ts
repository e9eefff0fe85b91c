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
  'It is one of those sights that a camera shows better than the eye, and that the eye remembers better.',
  'What is still missing from this account is a question for the next survey to answer.',
  'No two pictures of it ever look quite alike.',
  'Tonight the same patch of sky will rise about four minutes earlier than it did yesterday.',
  'How it would look to somebody standing much closer is left to the imagination.',
  'Comparing pictures such as this one across decades shows how little in the sky is truly still.',
  'More pictures like it, its makers hope, will tell which of the explanations is right.',
  'If the sky is clear where you are, go out and look up.',
]
