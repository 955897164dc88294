import type {z} from 'zod'
import {quote} from '../printable.ts'

type Issue = z.core.$ZodRawIssue

/**
 * Makes `safeParse` describe what is wrong with a value in our words, like `must be a number, not "x"`. A schema's own messages have
 * precedence.
 */
export const IN_WORDS = {
  error(issue: Issue): string | undefined {
    if (issue.input === undefined) return 'is missing'
    if (issue.code === 'unrecognized_keys') return `unknown key ${issue.keys.map(key => quote(key)).join(', ')}`
    if (issue.code === 'invalid_union')
      return Array.isArray(issue.options) ? `must be one of ${issue.options.join(', ')}` : issue.errors[0]?.[0]?.message
    const expected = expectedBy(issue)
    return expected && `must be ${expected}, not ${quote(issue.input)}`
  },
}

/** What a schema finds wrong with a value, after its path: `size: must be a number`. */
export const issueText = ({path, message}: {readonly path: readonly PropertyKey[]; readonly message: string}): string =>
  [path.join('.'), message].filter(Boolean).join(': ')

function expectedBy(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return TYPES[issue.expected]
  if (issue.code === 'invalid_value') return issue.values.map(value => quote(value)).join(' or ')
  if (issue.code === 'invalid_format' && issue.format === 'datetime') return 'a time like 2026-11-24T18:00:00.000Z'
  if (issue.code === 'too_small')
    return atLimit(issue.inclusive ? 'at least' : 'more than', issue.minimum, issue.origin)
  if (issue.code === 'too_big') return atLimit(issue.inclusive ? 'at most' : 'less than', issue.maximum, issue.origin)
  return undefined
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const atLimit = (bound: string, limit: number | bigint, origin: string): string =>
  `${UNITS[origin]?.[0] ?? ''}${bound} ${limit}${UNITS[origin]?.[1] ?? ''}`

const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  string: ['a text of ', ' characters'],
  array: ['a list of ', ' values'],
}
