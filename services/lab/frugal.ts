// The whole battery makes and drops some 50,000 sockets, certificates and keys in a minute. V8 by itself lets the heap
// grow by half or more before it looks for what was dropped, and so takes twice the memory for a fifth less time. These
// settings bound nothing: reports and comparisons of any size still fit. They are made while running and not by flags of
// the command line, so that they hold however the lab was started and cost no second process.
import { setFlagsFromString } from 'node:v8'

/** Plays from which on memory counts for more than time. One client alone has a fifth of it, and stays under 300 MiB. */
const MANY = 500

/** Keeps the part of the heap where objects are born as small as it is. Helps only before it has grown: at the start. */
export function frugalFromTheStart(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** Lets the rest of the heap grow in small steps when the run is long. A short one would only become slower. */
export function frugalWhenLong(plays: number): void {
  if (plays >= MANY) setFlagsFromString('--heap-growing-percent=10')
}
