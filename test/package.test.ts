import {readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {cp, mkdir, readdir} from 'node:fs/promises'
import {dirname, join, relative} from 'node:path'
import {execa} from 'execa'
import {beforeAll, expect, test} from 'vitest'
import {findRecipeFiles} from '../src/plan/catalogue/recipe-files.ts'
import {readRecipe} from '../src/recipes/file/read.ts'
import {openFolder} from './support/cleanup.ts'
import {ONE_PROCESSOR} from './support/preload.ts'
import {openWorkplace, writeRecipe} from './support/workplace.ts'

// What npm packs from a clone that nobody has built, installed into an empty folder without a network.

const root = join(import.meta.dirname, '..')
const SUITES = ['gsm8k', 'commonsense', 'glue', 'vision'].map(task => join(root, 'configs', task, 'mini'))
const PLAIN = 'configs/gsm8k/mini/svft-plain.yaml'
/** Two steps of a mini recipe; to tokenize its 18,000 examples would take three quarters of the time. */
const SHORT = [
  ...['data.train=few.jsonl', 'train.steps=2', 'train.batch=2'],
  ...['data.test={test: few.jsonl}', 'evaluate.splits=[test]', 'evaluate.maxNewTokens=4'],
]

let packed: readonly string[]
let home: string

beforeAll(async () => {
  const clone = await copyOfSources()
  const {stdout} = await execa('npm', ['pack', '--json'], {cwd: clone})
  const [{filename, files}] = JSON.parse(stdout)
  packed = files.map(({path}: {path: string}) => path)

  home = openFolder()
  writeFileSync(join(home, 'package.json'), '{"type": "module"}')
  await linkDependencies(home)
  await execa('npm', ['install', '--offline', '--ignore-scripts', join(clone, filename)], {cwd: home})
  const examples = readFileSync(join(root, 'configs/gsm8k/mini/data/test.jsonl'), 'utf8').split('\n')
  writeFileSync(join(home, 'few.jsonl'), `${examples.slice(0, 3).join('\n')}\n`)
}, 300_000)

test('npm pack compiles what it packs, and leaves tests and sources out', () => {
  const wanted = ['LICENSE', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts', 'dist/commands/run.js', 'bin/run.js']
  expect(packed).toEqual(expect.arrayContaining([...wanted, 'oclif.manifest.json']))
  expect(packed.filter(path => /\.test\.|^(src|test|scripts)\//.test(path))).toEqual([])
})

test('the pages that messages and other pages name are packed, except for the lab book', async () => {
  const sources = (await readdir(join(root, 'src'), {recursive: true})).filter(name => /(?<!\.test)\.ts$/.test(name))
  const named = sources.flatMap(name => readFileSync(join(root, 'src', name), 'utf8').match(/docs\/[A-Z]+\.md/g) ?? [])
  expect(new Set(named).size).toBeGreaterThan(4)

  const pages = packed.filter(path => /^(docs\/)?[^/]+\.md$/.test(path))
  expect(pages.length).toBeGreaterThan(15)
  const linked = pages.flatMap(page => linksOf(page).map(link => join(dirname(page), link)))
  const absent = new Set([...named, ...linked].filter(path => !packed.includes(path)))
  expect([...absent]).toEqual(['docs/LOG.md'])
})

test('the changelog and the citation name the version of the package', () => {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const released = /^## \[(\d.*?)\]/m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))
  expect(released?.[1]).toBe(version)
  expect(readFileSync(join(root, 'CITATION.cff'), 'utf8')).toContain(`\nversion: ${version}\n`)
})

test('the recipes of the mini suites are packed with the models and data that they name', async () => {
  const recipes = await findRecipeFiles(SUITES)
  expect(recipes.length).toBeGreaterThan(20)

  const named = new Set<string>()
  for (const file of recipes) {
    const {recipe, files} = await readRecipe(file)
    const {train, validation, test} = recipe.data
    const model = 'path' in recipe.model ? [join(recipe.model.path, 'model.safetensors')] : []
    const data = [train, ...(validation === undefined ? [] : [validation]), ...Object.values(test)]
    for (const path of [...files, ...model, ...data]) named.add(relative(root, path))
  }
  expect([...named].filter(path => !packed.includes(path))).toEqual([])
  expect([...named].filter(path => path.startsWith('models/'))).toHaveLength(4)
})

test('an installed svft runs as a command', async () => {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect((await installed('npx', '--offline', 'svft', '--version')).stdout).toMatch(`svft/${version} `)
  const settings = SHORT.flatMap(text => ['--set', text])
  const {stdout, stderr} = await installed('node_modules/.bin/svft', 'run', PLAIN, ...settings)
  expect(stdout).toMatch(/^gsm8k\/mini\/svft-plain: svft plain, 3,?612 trainable parameters/)
  expect(stderr).toMatch(/next: svft report$/)
}, 180_000)

/** Under exactOptionalPropertyTypes, values that may be undefined go in, and what is undefined comes out. */
const OPTIONAL = `
import {plan, readRecipe, report, run, type RunPlan} from 'svft'
export async function work(file: string, set?: string[], signal?: AbortSignal, out?: string): Promise<RunPlan> {
  const recipe = await readRecipe(file, {set})
  await run(recipe, {onEvent: undefined, signal})
  await report({from: out, out, version: undefined})
  return {...(await plan(recipe)), refused: undefined, paper: undefined, notIn: undefined}
}
`

test('the examples of the docs compile against the declarations, and run', async () => {
  const [example, onErrors] = codeBlocks('docs/LIBRARY.md')
  const [readme] = codeBlocks('README.md')
  const settings = ['seed=1', ...SHORT].map(text => `'${text}'`).join(', ')
  expect(example).toContain("['seed=1']")
  await compile({
    'example.ts': example.replace("['seed=1']", `[${settings}]`),
    'errors.ts': onErrors,
    'readme.ts': readme,
    'optional.ts': OPTIONAL,
    'wrong.ts': "import {plan} from 'svft'\n// @ts-expect-error\nexport const {params} = await plan('recipe.yaml')\n",
  })
  const {stdout} = await installed(process.execPath, 'example.js')
  expect(stdout).toMatch(
    /^3612 trainable parameters, [\d.]+ MB of activations, [\d.]+ s\nstep 1: loss [\d.]+\nstep 2: /,
  )
  expect(stdout).toMatch(/accuracy [\d.]+ on 3 examples; everything is in \S+\nwrote report\/report\.md, /)
  const {stderr} = await installed(process.execPath, 'errors.js')
  expect(stderr).toMatch(/^recipe: my-recipe\.yaml: no such file/)
}, 180_000)

test('a run stops at a signal, resumes, and returns its row without running again', async () => {
  const tiny = writeRecipe(await openWorkplace())
  const [stopped, resumed, again] = await evaluate(`
    import {readRecipe, run} from 'svft'
    const recipe = await readRecipe(${JSON.stringify(tiny)})
    const stop = new AbortController()
    const onEvent = ({type}) => type === 'step' && stop.abort(new Error('enough'))
    const stopped = await run(recipe, {onEvent, signal: stop.signal}).catch(({message}) => message)
    console.log(JSON.stringify([stopped, await run(recipe), await run(recipe)]))`)
  expect(stopped).toBe('enough')
  expect(resumed).toMatchObject({already: false, row: {steps: 4}})
  expect(again).toEqual({...resumed, already: true})
})

test('a mistake that shows when a recipe is put to work is reported at its line', async () => {
  const [message, ofCopy] = await evaluate(`
    import {plan, readRecipe} from 'svft'
    const recipe = await readRecipe('${PLAIN}', {set: ['adapter.targets=[q_prj]']})
    const messageOf = recipe => plan(recipe).catch(({message}) => message)
    console.log(JSON.stringify([await messageOf(recipe), await messageOf({...recipe})]))`)
  expect(message).toMatch(/^--set adapter\.targets=\[q_prj\]: .*q_prj/)
  expect(ofCopy).toMatch(/^gsm8k\/mini\/svft-plain: adapter\.targets: .*q_prj/)
})

/** The files that a page links to or shows. */
const linksOf = (page: string): string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)|(?:src|srcset)="([^"]+)"/g)]
    .map(([, link, image]) => link ?? image)
    .filter(link => !/^https?:/.test(link))

/** A folder with the files that git tracks or would, and the packages that compile them. */
async function copyOfSources(): Promise<string> {
  const folder = openFolder()
  const {stdout} = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {cwd: root})
  for (const file of new Set(stdout.split('\0'))) {
    if (file === '' || file.startsWith('test/')) continue
    await mkdir(dirname(join(folder, file)), {recursive: true})
    await cp(join(root, file), join(folder, file))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Lays out the packages that svft depends on, so that npm finds them without a network; not those of development. */
async function linkDependencies(folder: string): Promise<void> {
  const {dependencies, optionalDependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const name of Object.keys({...dependencies, ...optionalDependencies})) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), {recursive: true})
    symlinkSync(join(root, 'node_modules', name), link)
  }
}

const installed = (command: string, ...args: string[]) =>
  execa(command, args, {cwd: home, env: {SVFT_CACHE: join(home, 'cache'), NODE_ENV: undefined, ...ONE_PROCESSOR}})

/** What a module prints as JSON. */
async function evaluate(source: string) {
  writeFileSync(join(home, 'script.mjs'), source)
  return JSON.parse((await installed(process.execPath, 'script.mjs')).stdout)
}

/** Compiles sources as a strict TypeScript project would that has no other types than the library's, and checks those too. */
async function compile(sources: Readonly<Record<string, string>>): Promise<void> {
  const files = Object.keys(sources)
  for (const file of files) writeFileSync(join(home, file), sources[file])
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const options = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
  ]
  await execa(process.execPath, [tsc, ...files, ...options], {cwd: home})
}

/** The TypeScript of a page. */
const codeBlocks = (page: string): string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code)
