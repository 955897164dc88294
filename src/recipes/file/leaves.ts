/** The values below a value, with their paths; a list is one value. */
export function leaves(
  value: unknown,
  path: readonly string[] = [],
): {readonly path: readonly string[]; readonly value: unknown}[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{path, value}]
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return entries.length === 0 ? [{path, value}] : entries.flatMap(([key, inner]) => leaves(inner, [...path, key]))
}
