import {expect, test} from 'vitest'
import {z} from 'zod'
import {IN_WORDS, issueText} from './issue-text.ts'

const schema = z.strictObject({
  name: z.string().max(4).optional(),
  seed: z.int().min(0).optional(),
  share: z.number().positive().max(1).optional(),
  score: z.union([z.number().min(-1), z.null()]).optional(),
  kind: z.enum(['cuda', 'webgpu']).optional(),
  done: z.boolean().optional(),
  when: z.iso.datetime().optional(),
  seeds: z.array(z.int()).min(2).optional(),
  hash: z.string().regex(/^a/, 'must begin with a').optional(),
  adapter: z
    .discriminatedUnion('method', [z.object({method: z.literal('svft')}), z.object({method: z.literal('lora')})])
    .optional(),
  scores: z.record(z.string(), z.object({n: z.number()})).optional(),
})

test.each([
  [[], 'must be an object, not []'],
  [{nmae: 'a'}, 'unknown key "nmae"'],
  [{name: 1}, 'name: must be a text, not 1'],
  [{name: 'abcde'}, 'name: must be a text of at most 4 characters, not "abcde"'],
  [{seed: 'x'}, 'seed: must be a number, not "x"'],
  [{seed: 1.5}, 'seed: must be a whole number, not 1.5'],
  [{seed: -1}, 'seed: must be at least 0, not -1'],
  [{share: 0}, 'share: must be more than 0, not 0'],
  [{share: 2}, 'share: must be at most 1, not 2'],
  [{score: 'x'}, 'score: must be a number, not "x"'],
  [{kind: 'tpu'}, 'kind: must be "cuda" or "webgpu", not "tpu"'],
  [{done: 'yes'}, 'done: must be true or false, not "yes"'],
  [{when: 'now'}, 'when: must be a time like 2026-11-24T18:00:00.000Z, not "now"'],
  [{seeds: {}}, 'seeds: must be a list, not {}'],
  [{seeds: [1]}, 'seeds: must be a list of at least 2 values, not [1]'],
  [{hash: 'b'}, 'hash: must begin with a'],
  [{adapter: {method: 'x'}}, 'adapter.method: must be one of svft, lora'],
  [{scores: null}, 'scores: must be an object, not null'],
  [{scores: {test: {}}}, 'scores.test.n: is missing'],
])('%j: %s', (value, text) => {
  expect(schema.safeParse(value, IN_WORDS).error?.issues.map(issueText)).toEqual([text])
})
