import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {shippedRecipesFolder} from '../../recipes/file/shipped-recipes.ts'
import {type Catalogue, readCatalogue} from './catalogue.ts'
import {type CatalogueFilter, filterCatalogue} from './filter.ts'
import {findRecipeFiles} from './recipe-files.ts'

let catalogue: Catalogue
beforeAll(async () => {
  const names = ['gsm8k/mini', 'vision/mini', 'gsm8k/gemma-2b/lora-r32.yaml', 'gsm8k/gemma-2b/svft-plain.yaml']
  catalogue = await readCatalogue(
    await findRecipeFiles(names.map(name => join(shippedRecipesFolder(), name))),
    'arxiv-v1',
  )
}, 60_000)

test.each<[CatalogueFilter, string]>([
  [{table: 7}, '--table 7; known: 1, 2, 3, 4, 5, 6, 8, 9, 10'],
  [{table: 1, figure: 7}, '--figure 7; known: 1, 4, 5'],
  [{method: 'lroa'}, '--method lroa; did you mean lora? known: boft, dora, full, head, lora, none, svft, vera'],
  [{suite: 'gms8k'}, '--suite gms8k; did you mean gsm8k? known: gsm8k, vision'],
  [{model: 'gema-2b'}, '--model gema-2b; did you mean gemma-2b? known: gemma-2b, llama-mini, vit-mini'],
])('%j is of nothing that is listed: known values are told, and the nearest', (choice, says) => {
  expect(() => filterCatalogue(catalogue, choice)).toThrow(
    expect.objectContaining({
      kind: 'usage',
      message: expect.stringMatching(`^nothing is listed for ${says.replace(/[?]/g, '[?]')}`),
    }),
  )
})

test('a suite is a folder of any depth in the names of recipes', () => {
  const namesOf = (suite: string) => filterCatalogue(catalogue, {suite}).recipes.map(({recipe}) => recipe.name)
  expect(namesOf('gsm8k/mini')).toContain('gsm8k/mini/lora-r8')
  expect(namesOf('gsm8k/mini').every(name => name.startsWith('gsm8k/mini/'))).toBe(true)
  expect(namesOf('gsm8k')).toEqual([...namesOf('gsm8k/mini'), ...namesOf('gsm8k/gemma-2b')])
  expect(() => namesOf('gsm8k/min')).toThrow('nothing is listed for --suite gsm8k/min; ')
})

test('values that are known, but have nothing together, list nothing', () => {
  expect(filterCatalogue(catalogue, {table: 4, suite: 'gsm8k'})).toMatchObject({
    rows: [],
    points: [],
    others: [],
  })
  expect(filterCatalogue(catalogue, {model: 'GEMMA', method: 'lora'}).rows.map(({cell}) => cell)).toEqual([
    't1.g2.lora32',
  ])
})
