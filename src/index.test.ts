import {expect, test} from 'vitest'
import {plan, readRecipe, report, run} from './index.ts'

/** A value that TypeScript would refuse, as a program in JavaScript may pass it. */
const wrong = (value: unknown) => value as never

test('values of other types are refused, with what would be right', async () => {
  const file = 'configs/gsm8k/mini/svft-plain.yaml'
  const recipe = (given: string) => `recipe: must be the value that readRecipe returns; given: ${given}`
  const refusals: [() => Promise<unknown>, string][] = [
    [() => plan(wrong('x.yaml')), recipe("'x.yaml'")],
    [() => plan(wrong({})), recipe('{}')],
    [() => plan(wrong({name: 'x', model: {}, evaluate: {}})), recipe("{ name: 'x',")],
    [() => run(wrong(undefined)), recipe('undefined')],
    [() => readRecipe(wrong(undefined)), 'file: must be the path of a recipe; given: undefined'],
    [
      () => readRecipe(file, wrong({set: 'seed=1'})),
      `set: must be a list of overrides, like ['seed=1']; given: 'seed=1'`,
    ],
    [() => readRecipe(file, wrong(null)), 'options: must be an object, like {set: []}; given: null'],
    [() => run(wrong({}), wrong(null)), 'options: must be an object, like {onEvent: event => {}}; given: null'],
    [() => run(wrong({}), wrong({onEvent: 'x'})), "onEvent: must be a function; given: 'x'"],
    [() => run(wrong({}), wrong({signal: {}})), 'signal: must be an AbortSignal; given: {}'],
    [() => report(wrong(null)), "options: must be an object, like {out: 'report'}; given: null"],
    [() => report(wrong({from: 5})), 'from: must be a path; given: 5'],
    [() => report(wrong({out: 5})), 'out: must be a path; given: 5'],
    [() => report(wrong({version: 'foo'})), 'unknown version of the paper: foo; '],
    [() => report(wrong({version: 5})), "version: must be a version of the paper, like 'arxiv-v1'; given: 5"],
    [() => readRecipe(''), "file: must be the path of a recipe; given: ''"],
    [() => report({out: ''}), "out: must be a path; given: ''"],
    [() => readRecipe(file, wrong({sett: ['seed=1']})), 'unknown option sett; did you mean set?'],
    [() => run(wrong({}), wrong({onevent: () => {}})), 'unknown option onevent; did you mean onEvent?'],
    [() => report(wrong({folder: 'x'})), 'unknown option folder; known: from, out, version'],
  ]
  for (const [refused, message] of refusals)
    await expect(refused()).rejects.toMatchObject({kind: 'usage', message: expect.stringContaining(message)})
})

test('mistakes in a recipe that was edited are refused before any work, each by its key', async () => {
  const recipe = await readRecipe('configs/gsm8k/mini/svft-plain.yaml')
  const refusals: [object, string][] = [
    [{seed: 1.5}, 'recipe: seed must be a whole number of at least 0: 1.5'],
    [{adapter: {method: 'nope'}}, 'recipe: unknown adapter.method: "nope"; did you mean none? known: '],
    [{train: {...recipe.train, lr: 'abc'}}, 'recipe: train.lr must be a number above 0: "abc"'],
    [{train: {...recipe.train, steps: 5}}, 'recipe: train takes epochs or steps, not both'],
    [{data: {}}, 'recipe: missing key in data: train ('],
    [{sed: 1}, 'recipe: unknown key: sed; did you mean seed?'],
  ]
  for (const [edit, message] of refusals) {
    const refused = {kind: 'recipe', message: expect.stringContaining(message)}
    await expect(plan({...recipe, ...edit})).rejects.toMatchObject(refused)
    await expect(run({...recipe, ...edit})).rejects.toMatchObject(refused)
  }
})
