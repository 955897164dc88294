import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {execa} from 'execa'
import sharp from 'sharp'
import {beforeAll, expect, test} from 'vitest'
import {openFolder} from './support/cleanup.ts'
import {ONE_PROCESSOR} from './support/preload.ts'
import {bin, svft} from './support/workplace.ts'

// docs/TUTORIAL.md as a reader follows it: all its shell blocks, in order, in an empty folder.

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/TUTORIAL.md'), 'utf8')

/** What the reader types to install svft. The test links to this clone instead; test/package.test.ts installs a package. */
const INSTALL = ['npm ci --ignore-scripts\n', 'mkdir ../tutorial\ncd ../tutorial\nnpm install ../svft\n']
const LINKS = 'ln -s node_modules/svft/models .\n'

const [clone, first, ...steps] = readSteps(page)
let folder: string
let outputs: string[]

beforeAll(async () => {
  expect([clone.script, first.script]).toEqual([INSTALL[0], INSTALL[1] + LINKS])
  folder = openFolder()
  mkdirSync(join(folder, 'node_modules/.bin'), {recursive: true})
  symlinkSync(root, join(folder, 'node_modules/svft'))
  symlinkSync(bin, join(folder, 'node_modules/.bin/svft'))
  const scripts = [LINKS, ...steps.map(({script}) => script)].map((script, i) => `${script}\necho ${END(i)}\n`)
  const shell = 'set -e\nnpx() { "node_modules/.bin/$@"; }\n' // npx itself takes half a second each time
  writeFileSync(join(folder, 'tutorial.sh'), [shell, ...scripts].join(''))
  const ran = await execa('bash', ['tutorial.sh'], {
    cwd: folder,
    env: {NODE_ENV: undefined, SVFT_CACHE: join(folder, 'cache'), ...ONE_PROCESSOR},
    stdin: 'ignore',
    reject: false,
  })
  expect(ran.exitCode, ran.stderr).toBe(0)
  outputs = ran.stdout.split(/^end of block \d+\n?/m).slice(1)
}, 600_000)

test('every block runs, and prints what the page quotes', () => {
  const quoting = steps.map(({output}, i) => ({output, printed: outputs[i]})).filter(({output}) => output !== undefined)
  expect(quoting.length).toBeGreaterThan(9)
  const missing = quoting.flatMap(({output = '', printed}) => {
    const lines = stable(printed)
    return stable(output).filter(line => line !== '…' && !lines.includes(line))
  })
  expect(missing).toEqual([])
})

test('the recipe for images of your own trains', async () => {
  const recipe = /```yaml\n(# photos\.yaml\n[\s\S]*?)```/.exec(page)?.[1] ?? ''
  writeFileSync(join(folder, 'photos.yaml'), recipe)
  for (const split of ['train', 'test']) {
    for (const [name, background] of [
      ['cat', 'white'],
      ['dog', 'black'],
    ]) {
      mkdirSync(join(folder, 'photos', split, name), {recursive: true})
      const image = sharp({create: {width: 8, height: 8, channels: 3, background}}).png()
      for (const i of [1, 2]) await image.toFile(join(folder, 'photos', split, name, `${i}.png`))
    }
  }
  const ran = await svft(folder, ['run', 'photos.yaml', '--set', 'train.steps=2'])
  expect(ran).toMatchObject({exitCode: 0, stdout: expect.stringContaining('n = 4')})
})

interface Step {
  readonly script: string
  /** The text block that follows the script: its quoted output. */
  readonly output?: string
}

function readSteps(text: string): Step[] {
  const found = text.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)
  return [...found].map(([, script, output]) => ({script, output}))
}

const END = (i: number) => `end of block ${i}`

/** The lines of an output without what differs between machines: decimals, durations, sizes, hashes and the spacing. */
function stable(text: string): string[] {
  const lines = text.trim().split('\n')
  const masked = lines.map(line =>
    line
      .replace(/\b[0-9a-f]{8}-s(?=\d)/g, '#-s')
      .replace(/\b(\d+h)?(\d+m)?[\d.]+ ?(s|kB|MB|GB|GB\/s|GFLOP\/s)\b/g, '#')
      .replace(/\d+\.\d+/g, '#')
      .replace(/, or more: other programs keep the machine busy$/, '')
      .replace(/^(.*?\S)( +[\d,]+){1,3}$/, '$1 #') // the columns of seconds, step time and memory
      .replace(/\S*\/models\//g, 'models/')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  )
  return masked.filter(line => line !== '')
}
