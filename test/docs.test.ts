import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {type Command, Config, Flags, Parser} from '@oclif/core'
import {expect, test} from 'vitest'
import {METHODS_BY_NAME} from '../src/adapters/index.ts'
import {ARCHITECTURES} from '../src/models/index.ts'
import {readRecipe} from '../src/recipes/file/read.ts'
import {COMMONSENSE} from '../src/tasks/commonsense.ts'
import {GLUE} from '../src/tasks/glue.ts'
import {OWN, TASK_NAMES} from '../src/tasks/index.ts'
import {openFolder} from './support/cleanup.ts'

// Checks what README.md and docs/*.md name: linked files, commands with their flags, recipes.

const root = join(import.meta.dirname, '..')
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter(isPage)
    .map(name => `docs/${name}`),
]

/** All Markdown pages except the log, which describes earlier states. */
function isPage(name: string): boolean {
  return name.endsWith('.md') && name !== 'LOG.md'
}

const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

test.each(pages)('%s: every linked file exists', page => {
  const links = [...textOf(page).matchAll(/\]\(([^)#\s]+)|(?:src|srcset)="([^"]+)"/g)].map(
    ([, link, image]) => link ?? image,
  )
  const missing = links.filter(link => !/^https?:/.test(link) && !existsSync(join(root, dirname(page), link)))
  expect(missing).toEqual([])
})

test('every command line in the docs and the help parses, and names existing recipes', async () => {
  const {commands} = await Config.load(root)
  const lines = [
    ...pages.flatMap(page => shellLines(textOf(page)).map(line => ({where: page, line}))),
    ...commands.flatMap(command => examplesOf(command).map(line => ({where: `${command.id} --help`, line}))),
  ]
  expect(lines.filter(({where}) => where.endsWith('--help')).length).toBeGreaterThan(40)
  const wrong: string[] = []
  for (const {where, line} of lines) {
    const typed = /(?:^|&& |npx )svft ([^#|&>]*)/.exec(line)?.[1]
    if (typed === undefined) continue
    const words = shellSplit(typed)
    const faults = await faultsOf(words, commands).catch(error => [String(error.message)])
    wrong.push(...faults.map(fault => `${where}: ${line}: ${fault}`))
  }
  expect(wrong).toEqual([])
})

test('every whole recipe in the docs is one, and checked before any work', async () => {
  const recipes = pages.flatMap(page =>
    [...textOf(page).matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, yaml]) =>
      /^task:[\s\S]*^model:/m.test(yaml) ? [{page, yaml}] : [],
    ),
  )
  expect(recipes.length).toBeGreaterThan(1)
  const folder = openFolder()
  for (const [i, {page, yaml}] of recipes.entries()) {
    const file = join(folder, `${i}.yaml`)
    writeFileSync(file, yaml)
    await expect(readRecipe(file), page).resolves.toBeDefined()
  }
})

test('ADAPTERS.md lists the methods of PEFT, and those that it does not support on layers like GPT-2’s', () => {
  const text = textOf('docs/ADAPTERS.md')
  const listed = (list: RegExp) => list.exec(text)?.[1].split(/,\s+|\s+and\s+/)
  const known = Object.entries(METHODS_BY_NAME).filter(([, {peft}]) => peft && !peft.ours)
  const labels = known.map(([, {label}]) => label)
  expect(listed(/in the format of PEFT [\d.]+, for ([^:]+):/)).toEqual(labels)
  const {logits} = JSON.parse(textOf('test/fixtures/peft-gpt2/expected.json'))
  const refused = known.flatMap(([name, {label}]) => (Object.hasOwn(logits, name) ? [] : [label]))
  expect(listed(/PEFT does not support (.+?)\s+on such layers/s)).toEqual(refused)
})

test('ADAPTERS.md defines every method', () => {
  const [, table = ''] = /^## The methods\n([\s\S]*?)^## /m.exec(textOf('docs/ADAPTERS.md')) ?? []
  const defined = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) => cell.split(', '))
  const labels = Object.values(METHODS_BY_NAME).map(({label}) => label)
  expect(labels.filter(label => !defined.includes(label))).toEqual([])
})

/** The tasks that no group of tasks in README.md stands for. */
const SINGLE_TASKS = TASK_NAMES.filter(name => ![COMMONSENSE, GLUE, OWN].some(group => name in group))

/** Tables, and the names that they must have. */
const TABLES: readonly (readonly [page: string, table: RegExp, names: readonly string[]])[] = [
  ['README.md', /^\| models \|.*/gm, Object.keys(ARCHITECTURES)],
  ['README.md', /^\| tasks \|.*/gm, SINGLE_TASKS],
  ['docs/RUNNING.md', /^\| architecture \|(.+\n)+/gm, Object.keys(ARCHITECTURES)],
  ['docs/TASKS.md', /^\|.*/gm, TASK_NAMES],
]

test.each(TABLES)('%s: the table %s is complete', (page, table, names) => {
  let listed = (textOf(page).match(table) ?? []).join()
  const missing: string[] = []
  // gemma2 before gemma
  for (const name of names.toSorted((a, b) => b.length - a.length)) {
    const rest = listed.replaceAll(spellings(name), '')
    if (rest === listed) missing.push(name)
    listed = rest
  }
  expect(missing, `add the missing ones to ${page}`).toEqual([])
})

/** Matches a name in any case and with any punctuation, like GPT-NeoX for gpt_neox. */
function spellings(name: string): RegExp {
  const characters = name.replaceAll(/[-_]/g, '').split('')
  return new RegExp(`(?<![a-z0-9])${characters.join('[- _]?')}(?![a-z0-9])`, 'gi')
}

test('the example workflow pins every action to a commit, with its version beside it', () => {
  const actions = textOf('docs/ci/reproduce.yaml').match(/uses:.*/g) ?? []
  expect(actions).toHaveLength(3)
  expect(actions.filter(action => !/^uses: actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([])
})

test('file patterns expand as in a shell', () => {
  expect(expanded('configs/gsm8k/gemma-2b/_b*.yaml')).toEqual(['configs/gsm8k/gemma-2b/_base.yaml'])
  expect(expanded('configs/glue/mini/*.yml')).toEqual(['configs/glue/mini/*.yml']) // none: the pattern itself
})

/** Returns the lines of a page's sh blocks, with continued lines joined. */
function shellLines(text: string): string[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block.replaceAll('\\\n', ' ').split('\n'))
}

/** Splits a command line at spaces outside of quotes, and removes the quotes. */
const shellSplit = (line: string): string[] =>
  (line.match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? []).map(word => word.replaceAll(/["']/g, ''))

/** Returns the examples of a command's help as they are printed. */
function examplesOf({id, examples = []}: Command.Loadable): string[] {
  const texts = examples.map(example => (typeof example === 'string' ? example : example.command))
  return texts.map(text =>
    text.replaceAll('<%= config.bin %>', 'svft').replaceAll('<%= command.id %>', id.replace(':', ' ')),
  )
}

/** Returns the mistakes in the arguments after `svft`; a word with <…> is a placeholder. */
async function faultsOf(words: readonly string[], commands: readonly Command.Loadable[]): Promise<string[]> {
  const two = commands.find(({id}) => id === words.slice(0, 2).join(':'))
  const command = two ?? commands.find(({id}) => id === words[0])
  if (!command) return ['no such command']
  const {flags, args, strict} = await command.load()
  const typed = words.slice(two ? 2 : 1).flatMap(word => (word.includes('*') ? expanded(word) : [word]))
  await Parser.parse(typed, {flags: {...flags, json: Flags.boolean()}, args, strict})
  const faults: string[] = []
  for (const word of typed.filter(word => word.startsWith('configs/') && !/[<…]/.test(word))) {
    if (!existsSync(join(root, word))) faults.push(`${word} is not there`)
    else if (word.endsWith('.yaml')) await readRecipe(join(root, word))
  }
  return faults
}

/** Expands a pattern with * to the paths in the repository, or returns it if there are none, like a shell. */
function expanded(pattern: string): string[] {
  let found = ['']
  for (const part of pattern.split('/')) {
    const fits = new RegExp(`^${part.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
    found = found.flatMap(folder => namesIn(folder, fits).map(name => join(folder, name)))
  }
  return found.length > 0 ? found : [pattern]
}

function namesIn(folder: string, fits: RegExp): string[] {
  const at = join(root, folder)
  return statSync(at).isDirectory() ? readdirSync(at).filter(name => !name.startsWith('.') && fits.test(name)) : []
}
