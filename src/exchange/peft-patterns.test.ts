import {expect, test} from 'vitest'
import {readPatterns, writePatterns} from './peft-patterns.ts'

const NAME = 'model.layers.1.self_attn.q_proj'

test.each([
  ['q_proj', true],
  ['_proj', false],
  ['self_attn.q_proj', true],
  ['self_attn', false],
  [NAME, true],
  [`^${NAME}`, true],
  ['^layers.*', false],
  ['.*attn.*', true],
  ['k_proj|q_proj', true],
  ['model.layers.1', false],
  [String.raw`layers\.\d+\.self_attn\.[qv]_proj`, true],
] as const)('the pattern %s matches as in PEFT: %s', (pattern, matches) => {
  const config = readPatterns({r: 2, lora_alpha: 6, rank_pattern: {[pattern]: 4}})(NAME)
  expect(config).toMatchObject({r: matches ? 4 : 2, lora_alpha: 6})
})

test('the first pattern that matches counts, for rank and alpha separately', () => {
  const patterns = {rank_pattern: {k_proj: 3, q_proj: 4, '.*': 5}, alpha_pattern: {'layers.1.*': 7, q_proj: 8}}
  expect(readPatterns({r: 2, ...patterns})(NAME)).toMatchObject({r: 4, lora_alpha: 7})
})

test.each([
  [{rank_pattern: ['q_proj']}, 'rank_pattern must map names of modules to values of r, not ["q_proj"]'],
  [{rank_pattern: {q_proj: 0}}, 'rank_pattern: "q_proj": 0 is no valid r'],
  [{rank_pattern: {q_proj: 1.5}}, 'rank_pattern: "q_proj": 1.5 is no valid r'],
  [{alpha_pattern: {q_proj: '8'}}, 'alpha_pattern: "q_proj": "8" is no valid lora_alpha'],
  [
    {alpha_pattern: {'(?P<x>q)_proj': 8}},
    'alpha_pattern: "(?P<x>q)_proj" is a regular expression that svft cannot read; merge the adapter with PEFT',
  ],
])('patterns that cannot be read are refused: %j', (json, message) => {
  expect(() => readPatterns(json)).toThrow(expect.objectContaining({kind: 'input', message}))
})

test.each(['(.+)+k', '.*.*.*.*.*.*.*k', 'q'.repeat(301)])('%s, which could take long to match, is refused', pattern => {
  expect(() => readPatterns({rank_pattern: {[pattern]: 4}})).toThrow('is a regular expression that svft cannot read')
})

test('modules that differ from the others are written by their names', () => {
  const modules = [
    ['a', {r: 2, lora_alpha: 6}],
    ['b', {r: 4, lora_alpha: 6}],
  ] as const
  expect(writePatterns({r: 2, lora_alpha: 6}, modules)).toEqual({rank_pattern: {b: 4}, alpha_pattern: {}})
})
