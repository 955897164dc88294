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
    [() => report(wrong({version: 'foo'})), 'unknown version of the paper: foo; '],
  ]
  for (const [refused, message] of refusals)
    await expect(refused()).rejects.toMatchObject({kind: 'usage', message: expect.stringContaining(message)})
})
