// The contract of every architecture of the table, besides its mathematics, which other suites test.
import {readdir, readFile} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {expect, test} from 'vitest'
import {CAUSAL_LMS} from '../../test/models/causal-lms.ts'
import {IMAGE_MODELS, SEQUENCE_MODELS} from '../../test/models/classifiers.ts'
import type {ModelConfig} from './config.ts'
import {ARCHITECTURES} from './index.ts'
import {architectureOf, openModel} from './open-model.ts'

/** The configs that the contract suites of causal models and of classifiers run through. */
const CONFIGS: [string, ModelConfig][] = Object.entries({...CAUSAL_LMS, ...SEQUENCE_MODELS, ...IMAGE_MODELS})

test('every architecture of the table runs through a contract suite', () => {
  const covered = new Set(CONFIGS.map(([, {model_type}]) => model_type))
  const remedy = 'add configs of the missing one to test/models/causal-lms.ts or test/models/classifiers.ts'
  expect([...covered].sort(), remedy).toEqual(Object.keys(ARCHITECTURES).sort())
})

test('every architecture of the table is compared with transformers', async () => {
  const goldens = join(import.meta.dirname, '../../test/goldens/models')
  const files = (await readdir(goldens, {recursive: true})).filter(file => basename(file) === 'config.json')
  const configs = await Promise.all(files.map(async file => JSON.parse(await readFile(join(goldens, file), 'utf8'))))
  const compared = new Set(configs.map(architectureOf))
  const missing = Object.entries(ARCHITECTURES).filter(([, architecture]) => !compared.has(architecture))
  const remedy = 'test/goldens/README.md says how to add goldens of the missing one to test/goldens/models'
  expect(
    missing.map(([name]) => name),
    remedy,
  ).toEqual([])
})

test('the class of a classifier is that of its type and task in transformers', () => {
  for (const [name, config] of CONFIGS) {
    const model = openModel(config)
    if (!('className' in model)) continue
    const expected = `${config.model_type}For${model.task}`.replaceAll('-', '')
    const found = model.className.replace(/WithTeacher$/, '') // a DeiT with two heads
    expect(found.toLowerCase(), name).toBe(expected.toLowerCase())
  }
})

test.each(CONFIGS)('%s: each linear layer of a block has a letter of the paper, and nothing else has', (_, config) => {
  const {linears} = architectureOf(config)
  const {shapes} = openModel(config)
  const paths = Object.keys(shapes)
    .filter(name => /\.(layers?|h)\.0\..*\.weight$/.test(name) && shapes[name].length === 2)
    .map(name => name.replace(/\.weight$/, ''))
  const lettered = paths.map(path => Object.keys(linears).filter(letter => path.endsWith(`.${linears[letter]}`)))
  for (const [i, letters] of lettered.entries()) expect(letters, paths[i]).not.toEqual([])
  expect(lettered.map(letters => letters.sort((a, b) => linears[b].length - linears[a].length)[0]).sort()).toEqual(
    Object.keys(linears).sort(),
  )
})
