/** Attack, client, and `blocked pin`: a verdict and its reason. */
export type Expectations = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A run's results in the form of the table above. What proved nothing says why, for whoever reads the difference. */
export function asTable(
  results: readonly { attack: string; client: string; verdict: string; reason?: string; why?: string }[],
): Expectations {
  const table: Record<string, Record<string, string>> = {}
  for (const { attack, client, verdict, reason, why } of results) {
    const told = verdict === 'inconclusive' ? why : reason
    table[attack] = { ...table[attack], [client]: told ? `${verdict} ${told}` : verdict }
  }
  return table
}
