/** Attack, client, and `blocked pin`: a verdict and its reason. */
export type Expectations = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A run's results in the form of the table above. */
export function asTable(
  results: readonly { attack: string; client: string; verdict: string; reason?: string }[],
): Expectations {
  const table: Record<string, Record<string, string>> = {}
  for (const { attack, client, verdict, reason } of results) {
    table[attack] = { ...table[attack], [client]: reason ? `${verdict} ${reason}` : verdict }
  }
  return table
}
