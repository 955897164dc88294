const NAME = /^(?!.*\.\.)[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*(\/[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*)*$/u

/** Names of files may have 255 bytes on most disks, and those that are made of a recipe's name add to it. */
const MOST_BYTES = 200

/** What a recipe's name must be: it is part of the names of its run's folder and of a file of results. */
export const NAME_RULE = `must be letters, digits, . - _ and / between them, with no .. and no part that begins with . or -, and at most ${MOST_BYTES} bytes`

export const isRecipeName = (name: string): boolean =>
  Buffer.byteLength(name.replace(/^tuned?\//, '')) <= MOST_BYTES && NAME.test(name) // svft tune adds these prefixes
