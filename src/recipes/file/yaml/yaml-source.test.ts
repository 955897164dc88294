import {execFileSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../../test/support/cleanup.ts'
import {readRecipe} from '../read.ts'
import {plainValue} from './tree.ts'
import {parseYaml, readRecipeText} from './yaml-source.ts'

const folder = openFolder()
const source = (text: string) => ({name: 'x.yaml', text, folder})

function value(text: string): unknown {
  const {tree, findings} = parseYaml(source(text))
  expect(findings).toEqual([])
  return tree && plainValue(tree)
}

const bomb = (levels: number) =>
  ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    .concat(Array.from({length: levels}, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`))
    .join('\n')

const HOSTILE: Readonly<Record<string, {text: string | Uint8Array; says: RegExp}>> = {
  'brackets, 20,000 deep': {text: '['.repeat(20_000), says: /nested deeper than 64 levels/},
  'brackets, 500,000 deep': {text: `a: ${'['.repeat(500_000)}`, says: /nested deeper than 64 levels/},
  'balanced brackets': {text: `a: ${'['.repeat(5000)}${']'.repeat(5000)}`, says: /nested deeper than 64 levels/},
  braces: {text: '{a: '.repeat(20_000), says: /nested deeper than 64 levels/},
  'dashes on one line': {text: `${'- '.repeat(20_000)}x`, says: /nested deeper than 64 levels/},
  'question marks': {text: `${'? '.repeat(20_000)}x`, says: /nested deeper than 64 levels/},
  'indented maps': {
    text: Array.from({length: 1000}, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    says: /nested deeper than 64 levels/,
  },
  'indented maps with quoted keys': {
    text: Array.from({length: 1000}, (_, i) => `${' '.repeat(i)}"a":`).join('\n'),
    says: /nested deeper than 64 levels/,
  },
  'lists in maps at one column': {
    text: Array.from({length: 500}, (_, i) => `${'  '.repeat(i)}- a:`).join('\n'),
    says: /nested deeper than 64 levels/,
  },
  'nesting through aliases': {
    text: ['a0: &a0 x'].concat(Array.from({length: 70}, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)).join('\n'),
    says: /nested deeper than 64 levels/,
  },
  'an alias bomb': {text: bomb(9), says: /more than 5000 values, counting each alias in full/},
  'an alias of itself': {text: 'a: &a [*a]', says: /nested deeper than 64 levels/},
  'an alias of nothing': {text: 'a: *nothing', says: /no anchor of this name is defined above: nothing/},
  'many values': {text: `a: [${'1,'.repeat(6000)}]`, says: /more than 5000 values/},
  'very many values': {text: `a: [${'1,'.repeat(300_000)}]`, says: /more than 30000 tokens/},
  'very many keys': {text: Array.from({length: 2000}, (_, i) => `k${i}: 1`).join('\n'), says: /and 19\d\d more/},
  'very many faults of syntax': {text: 'a: ]\n'.repeat(20_000), says: /more than 30000 tokens/},
  prototypes: {
    text: '__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}',
    says: /forbidden key: __proto__/,
  },
  'prototypes by merge': {text: 'a: &a {polluted: 1}\n<<: *a', says: /unknown key: <</},
  tags: {
    text: 'seed: !!js/function "x"\nname: !!binary aGk=\nengine: !<tag:yaml.org,2002:str> js',
    says: /a recipe takes no YAML tags/,
  },
  'more than 1 MB': {text: `# ${'x'.repeat(1_000_000)}`, says: /at most 1000000 bytes, not 1000002/},
  'not UTF-8': {text: Uint8Array.of(0x61, 0x3a, 0x20, 0xff, 0xfe), says: /a recipe is UTF-8 text/},
  'zero bytes': {text: '\0\0\0', says: /a recipe is a map of keys|x/},
  'an endless key': {text: `${'k'.repeat(900_000)}: 1`, says: /k…|1024/},
  'one long line': {text: `a: "${'x '.repeat(400_000)}`, says: /closing/},
  'a directive for YAML 1.1': {text: '%YAML 1.1\n---\nseed: 0o17\ngate: yes\n', says: /unknown key: gate/},
}

test('hostile recipes are refused quickly, again and again in one process, and leave no trace', async () => {
  for (const round of [1, 2, 3]) {
    for (const [name, {text, says}] of Object.entries(HOSTILE)) {
      const file = join(folder, 'hostile.yaml')
      writeFileSync(file, text)
      const start = process.cpuUsage()
      const fault = await readRecipe(file).then(
        () => undefined,
        error => error,
      )
      expect(fault, name).toMatchObject({name: 'Fault', kind: 'recipe', message: expect.stringMatching(says)})
      expect(fault.message.length, name).toBeLessThan(50_000)
      const {user, system} = process.cpuUsage(start)
      expect((user + system) / 1000, `${name}, round ${round}`).toBeLessThan(1000)
    }
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
}, 60_000)

test('what is no file with text is refused without waiting for it', async () => {
  expect(await readRecipeText(folder)).toEqual({refused: 'a recipe is a file, not a folder'})
  expect(await readRecipeText('/dev/null')).toEqual({refused: 'a recipe is a file, not a device or pipe'})
  execFileSync('mkfifo', [join(folder, 'pipe')])
  expect(await readRecipeText(join(folder, 'pipe'))).toEqual({refused: 'a recipe is a file, not a device or pipe'})
  await expect(readRecipeText(join(folder, 'nothing'))).rejects.toMatchObject({code: 'ENOENT'})
})

test('values are those of YAML 1.2', () => {
  expect(value('{a: 1e-4, b: no, c: 2024-01-01, d: 012, e: 1_000, f: ~, g: "x", h: .5, i: on}')).toEqual({
    a: 1e-4,
    b: 'no',
    c: '2024-01-01',
    d: 12,
    e: '1_000',
    f: null,
    g: 'x',
    h: 0.5,
    i: 'on',
  })
})

test('aliases stand for what they name, and keys may be numbers', () => {
  expect(value('a: &t [q, v]\nb: *t\n3: x')).toEqual({a: ['q', 'v'], b: ['q', 'v'], 3: 'x'})
})

test('64 levels are not too deep', () => {
  expect(parseYaml(source('['.repeat(60) + ']'.repeat(60))).findings).toEqual([])
  expect(parseYaml(source(Array.from({length: 60}, (_, i) => `${' '.repeat(i)}a:`).join('\n'))).findings).toEqual([])
})

test('every value knows where it stands', () => {
  const text = '# é\na:\n  - b: [1, "two"]\r\nc: d # e\n'
  const {tree} = parseYaml(source(text))
  const spans: string[] = []
  const walk = (part: typeof tree): void => {
    if (part?.kind === 'map') {
      for (const {key, value} of part.entries.values()) {
        spans.push(text.slice(key.start, key.end))
        walk(value)
      }
    } else if (part?.kind === 'list') part.items.forEach(walk)
    else if (part) spans.push(text.slice(part.at.start, part.at.end))
  }
  walk(tree)
  expect(spans).toEqual(['a', 'b', '1', '"two"', 'c', 'd'])
})
