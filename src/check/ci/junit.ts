import {dirname} from 'node:path'
import {sum} from '../../base/collections.ts'
import {makeFolder, writeOutput} from '../../base/files.ts'
import {escapeText} from '../../base/printable.ts'
import {escapeMarkup} from '../../base/text/markup.ts'

export interface TestCase {
  readonly name: string
  /** The group in which viewers show the case. */
  readonly group: string
  readonly seconds?: number
  readonly properties: Readonly<Record<string, string>>
  readonly outcome: 'passed' | 'failed' | 'error' | 'skipped'
  /** The reason of a failure or a skip, in a line. */
  readonly message?: string
  readonly output?: string
}

export interface TestSuite {
  readonly name: string
  readonly cases: readonly TestCase[]
}

const LONGEST_OUTPUT = 8192
const LONGEST_MESSAGE = 1000

/** Writes test results as JUnit XML, which CI systems read. @throws Fault 'io' */
export async function writeJunit(file: string, name: string, suites: readonly TestSuite[]): Promise<void> {
  await makeFolder(dirname(file))
  await writeOutput(file, formatJunit(name, suites))
}

export function formatJunit(name: string, suites: readonly TestSuite[]): string {
  const cases = suites.flatMap(suite => suite.cases)
  const body = suites.map(suiteText).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(name)}" ${counts(cases)}>\n${body}</testsuites>\n`
}

const suiteText = ({name, cases}: TestSuite) =>
  `  <testsuite name="${xml(name)}" ${counts(cases)}>\n${cases.map(caseText).join('')}  </testsuite>\n`

function counts(cases: readonly TestCase[]): string {
  const count = (counted: TestCase['outcome']) => cases.filter(({outcome}) => outcome === counted).length
  const seconds = sum(cases.map(({seconds = 0}) => seconds))
  return `tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`
}

const ELEMENTS = {failed: 'failure', error: 'error', skipped: 'skipped'}

function caseText({name, group, seconds = 0, properties, outcome, message = '', output}: TestCase): string {
  const head = `    <testcase classname="${xml(group)}" name="${xml(name)}" time="${seconds.toFixed(3)}">\n`
  const lines = Object.entries(properties).map(
    ([key, value]) => `        <property name="${xml(key)}" value="${xml(value)}"/>\n`,
  )
  const result =
    outcome === 'passed' ? '' : `      <${ELEMENTS[outcome]} message="${xml(message.slice(0, LONGEST_MESSAGE))}"/>\n`
  return [
    head,
    lines.length > 0 ? `      <properties>\n${lines.join('')}      </properties>\n` : '',
    result,
    output === undefined ? '' : `      <system-out>${xml(cut(output))}</system-out>\n`,
    '    </testcase>\n',
  ].join('')
}

/** Cuts a text at `LONGEST_OUTPUT` bytes of UTF-8, between two characters. */
function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= LONGEST_OUTPUT) return text
  const end = Buffer.from('\n(cut)')
  const first = bytes
    .subarray(0, LONGEST_OUTPUT - end.length)
    .toString('utf8')
    .replace(/\ufffd$/, '')
  return `${first}${end}`
}

/** Text as XML 1.0 allows it, with control characters and bidirectional controls escaped. */
const xml = (text: string) => escapeMarkup(escapeText(text)).replaceAll(/[\n\t]/g, white => `&#${white.charCodeAt(0)};`)
