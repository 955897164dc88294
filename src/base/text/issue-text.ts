/** What a schema finds wrong with a value: `size: must be a number`. */
export const issueText = ({path, message}: {readonly path: readonly PropertyKey[]; readonly message: string}): string =>
  [path.join('.'), message].filter(Boolean).join(': ')
