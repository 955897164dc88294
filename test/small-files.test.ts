import {execFileSync} from 'node:child_process'
import {symlinkSync, truncateSync, writeFileSync} from 'node:fs'
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {readIfPresent, readWhole} from '../src/base/read-file.ts'
import {readRecords} from '../src/data/read-records.ts'
import {openAdapter} from '../src/exchange/open-adapter.ts'
import {readRef} from '../src/hub/layout.ts'
import {readCifar100} from '../src/images/cifar100.ts'
import {openBlueprint} from '../src/recipes/blueprint.ts'
import {readRecipe} from '../src/recipes/file/read.ts'
import type {Recipe} from '../src/recipes/file/schema.ts'
import {readResults} from '../src/results/read-results.ts'
import {readRow} from '../src/results/results-file.ts'
import {fitProcessor} from '../src/tasks/processor.ts'
import {readStopIds} from '../src/tokenizer/stop-ids.ts'
import {openTokenizer} from '../src/tokenizer/tokenizer.ts'
import {openCheckpoint} from '../src/weights/checkpoint.ts'
import {copyCompanions} from '../src/weights/companions.ts'
import {openImages, VIT} from './models/classifiers.ts'
import {openFolder} from './support/cleanup.ts'

// A pipe without a writer would hang whoever reads it, and a link to a device fill the memory of whoever reads to its end.

let folder: string
beforeEach(() => {
  folder = openFolder()
})

const ODD: Readonly<Record<string, (path: string) => unknown>> = {
  pipe: path => execFileSync('mkfifo', [path]),
  device: path => symlinkSync('/dev/zero', path),
}

const model = () => ({name: 'x', model: {path: folder}, data: {}, task: 'gsm8k'}) as unknown as Recipe

/** Every file that somebody else may have written, with who reads it. */
const READERS: Readonly<Record<string, () => Promise<unknown>>> = {
  'config.json': () => openBlueprint(model()),
  'config.json of a checkpoint': () => openCheckpoint(folder),
  'config.json for its eos': () => readStopIds(folder, {eos: 1, vocab: 2}),
  'generation_config.json': () => readStopIds(folder, {eos: 1, vocab: 2}),
  'preprocessor_config.json': () => fitProcessor(openImages(VIT), folder),
  'tokenizer.json': () => openTokenizer(folder),
  'tokenizer_config.json': () => openTokenizer(folder),
  'tokenizer.model': () => openTokenizer(folder),
  'chat_template.jinja': () => copyCompanions(folder, folder),
  'adapter_config.json': () => openAdapter(folder),
  'fine_label_names.txt': () => readCifar100(folder, 'train'),
  'row.json': () => readRow(folder),
  'results.csv': () => readResults(join(folder, 'results.csv')),
  'train.jsonl': () => readRecords(join(folder, 'train.jsonl')),
  'train.parquet': () => readRecords(join(folder, 'train.parquet')),
}

const BESIDE: Readonly<Record<string, string>> = {
  'tokenizer.model': 'tokenizer_config.json',
  'tokenizer_config.json': 'tokenizer.model',
}

test.each(Object.keys(READERS).flatMap(name => Object.keys(ODD).map(kind => [name, kind])))(
  '%s that is a %s is refused at once',
  async (name, kind) => {
    const [file] = name.split(' ')
    ODD[kind](join(folder, file))
    if (file in BESIDE) writeFileSync(join(folder, BESIDE[file]), '{"tokenizer_class": "GemmaTokenizer"}')
    await expect(READERS[name]()).rejects.toMatchObject({
      kind: 'io',
      message: `${join(folder, file)}: not a regular file`,
    })
  },
)

test.each(Object.keys(ODD))('a recipe that is a %s is refused at once', async kind => {
  const file = join(folder, 'recipe.yaml')
  ODD[kind](file)
  await expect(readRecipe(file)).rejects.toThrow('a recipe is a file, not a device or pipe')
})

test.each(Object.keys(ODD))('a branch of the cache that is a %s counts as unknown', async kind => {
  ODD[kind](join(folder, 'main'))
  expect(await readRef(join(folder, 'main'))).toBe('')
})

test('a file that is too large is refused before a byte is read', async () => {
  const file = join(folder, 'x')
  writeFileSync(file, 'abc')
  expect(Buffer.from(await readWhole(file, {most: 3})).toString()).toBe('abc')
  await expect(readWhole(file, {most: 2})).rejects.toThrow(`${file}: too large: 3 bytes; at most 2 are read`)
  truncateSync(file, 2 ** 40)
  await expect(readWhole(file)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringContaining('1099511627776'),
  })
})

test('a missing file is distinguished from one that cannot be read', async () => {
  expect(await readIfPresent(join(folder, 'none'))).toBeUndefined()
  await expect(readWhole(join(folder, 'none'))).rejects.toThrow(`${folder}/none: no such file or folder`)
  await expect(readIfPresent(folder)).rejects.toThrow(`${folder}: a folder, not a file`)
})

/** What svft ships, what the system writes, and what the user names for a secret, which may come through a pipe. */
const OWN = [
  'src/base/limited-process.ts',
  'src/base/native/system-file.ts',
  'src/base/temporary.ts',
  'src/hub/settings.ts',
  'src/recipes/energy.ts',
  'src/recipes/environment.ts',
  'src/report/page/page.ts',
]

test('no other code reads whole files by Node’s own functions', async () => {
  const names = (await readdir('src', {recursive: true})).filter(name => /(?<!\.test)\.ts$/.test(name))
  const sources = await Promise.all(names.map(async name => ['src', name, await readFile(`src/${name}`, 'utf8')]))
  const past = sources.filter(([, , text]) =>
    /import \{[^}]*\b(readFile|readFileSync|copyFile)\b[^}]*\} from 'node:/.test(text),
  )
  expect(past.map(([, name]) => `src/${name}`).sort()).toEqual(OWN)
})
