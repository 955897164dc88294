import {isObject} from '../../base/json.ts'
import {escapeLine} from '../../base/printable.ts'
import {nearest, suggestFirst} from '../../base/text/nearest.ts'
import {patternMistake} from '../../tasks/custom/pattern.ts'
import {CUSTOM_TASK_SETTINGS, type CustomTask, type CustomTaskSetting} from '../../tasks/custom/settings.ts'
import {templateMistake} from '../../tasks/custom/template.ts'
import {IMAGE_ROLES} from '../../tasks/images.ts'
import {type CustomTaskName, familyOf, isCustomTask, isTask, OWN} from '../../tasks/index.ts'
import type {RecipeBlock, RecipeBlocks, Refuse} from './recipe-block.ts'
import {CUT_IMAGES} from './split-rules.ts'

/** Columns, cuts and metrics belong to tasks of one's own data, and each such task has its own roles and metrics. */
export function checkCustomTask(task: unknown, blocks: RecipeBlocks): void {
  if (isCustomTask(task)) checkOwnTask(task, blocks)
  else if (isTask(task)) checkPublishedTask(task, blocks)
}

function checkOwnTask(task: CustomTaskName, blocks: RecipeBlocks): void {
  const {evaluate, refuse} = blocks
  const {metric} = evaluate
  if (evaluate.prompt === 'training') {
    refuse(['evaluate', 'prompt'], `evaluate.prompt is only for published tasks; ${task} has one prompt; leave it out`)
  }
  const {metrics}: CustomTask = OWN[task]
  if (typeof metric === 'string' && !metrics.includes(metric)) {
    refuse(
      ['evaluate', 'metric'],
      `unknown evaluate.metric: ${escapeLine(metric, 60)}; ${suggestionFor(metric, {task, known: metrics})}`,
    )
  }
  checkPattern(evaluate, refuse)
  checkSettings(task, blocks)
  if (evaluate.maxTokens !== undefined && task !== 'text-classification' && !scoresLikelihood(task, metric)) {
    const message = 'evaluate.maxTokens is only for text-classification and evaluate.metric: perplexity; leave it out'
    refuse(['evaluate', 'maxTokens'], message)
  }
  checkRoles(task, blocks)
}

/** Refuses what only tasks of one's own data read. */
function checkPublishedTask(task: string, {data, evaluate, refuse}: RecipeBlocks): void {
  const own = Object.keys(OWN).join(', ')
  const only = (key: string) =>
    `${key} is only for data of your own (task: ${own}); ${task} reads its published columns; leave it out`
  const isImages = familyOf(task) === 'vision'
  for (const key of ['columns', 'split', ...CUSTOM_TASK_SETTINGS]) {
    if (data[key] === undefined || (key === 'columns' && task === 'images')) continue
    refuse(['data', key], isImages && key === 'split' ? CUT_IMAGES : only(`data.${key}`))
  }
  for (const key of ['metric', 'pattern', 'maxTokens']) {
    if (evaluate[key] !== undefined) refuse(['evaluate', key], only(`evaluate.${key}`))
  }
  if (task === 'images') checkRoleNames(task, {columns: data.columns, roles: IMAGE_ROLES, refuse})
}

/** Whether a task's texts are scored by their perplexity, so that no answers are written. */
export const scoresLikelihood = (task: unknown, metric: unknown): boolean =>
  isCustomTask(task) && (metric ?? OWN[task].metrics[0]) === 'perplexity'

/** Every role of `data.columns` must be one that the task reads. */
function checkRoles(task: CustomTaskName, {data, refuse}: RecipeBlocks): void {
  const {columns, template} = data
  if (!isObject(columns)) return
  const {roles}: CustomTask = OWN[task]
  checkRoleNames(task, {columns, roles, refuse})
  const isPair = columns.prompt !== undefined || columns.target !== undefined
  for (const role of Object.keys(columns).filter(role => roles.includes(role))) {
    const path = ['data', 'columns', role]
    if (task === 'instruct' && template !== undefined && role !== 'target') {
      const advice = 'write the column in the template, as in {question}, or leave this out'
      refuse(path, `data.columns.${role} is not read, because data.template writes the whole prompt; ${advice}`)
    } else if (role === 'messages' && isPair) {
      refuse(path, 'data.columns takes messages, or prompt and target, not both')
    }
  }
  if (task === 'text' && data.train !== undefined && sourcesOf(data).every(isTextFile)) {
    refuse(['data', 'columns'], 'data.columns is not read, because .txt files have no columns; leave it out')
  }
}

interface RoleCheck {
  readonly columns: unknown
  readonly roles: readonly string[]
  readonly refuse: Refuse
}

function checkRoleNames(task: string, {columns, roles, refuse}: RoleCheck): void {
  if (!isObject(columns)) return
  const others = task === 'instruct' ? [OTHER_COLUMNS] : []
  for (const role of Object.keys(columns).filter(role => !roles.includes(role))) {
    const advice = [suggestionFor(role, {task, known: roles}), ...others].join('; ')
    refuse(['data', 'columns', role], `unknown role in data.columns: ${escapeLine(role, 60)}; ${advice}`)
  }
}

/** How prompts are made of several columns. */
const OTHER_COLUMNS =
  "Alpaca's instruction, input and output need no columns, and data.template writes a prompt of any columns: '{instruction}\\n{input}'"

/** The advice about a word that a task does not know: `did you mean macro-f1? known for text-classification: accuracy, …`. */
function suggestionFor(word: string, {task, known}: {task: string; known: readonly string[]}): string {
  return suggestFirst(nearest(word, known), `known for ${task}: ${known.join(', ')}`)
}

const sourcesOf = ({train, validation, test}: RecipeBlock): readonly unknown[] =>
  [train, validation, ...(isObject(test) ? Object.values(test) : [])].filter(source => source !== undefined)

/** Whether a source, a path or a file of the hub, is plain text. */
const isTextFile = (source: unknown): boolean => String(isObject(source) ? source.file : source).endsWith('.txt')

function checkPattern({metric, pattern}: RecipeBlock, refuse: Refuse): void {
  if (metric === 'pattern' && pattern === undefined) {
    refuse(
      ['evaluate', 'metric'],
      'evaluate.metric: pattern needs evaluate.pattern, the regular expression of an answer',
    )
  }
  if (metric !== 'pattern' && pattern !== undefined) {
    refuse(['evaluate', 'pattern'], 'evaluate.pattern is only for evaluate.metric: pattern; leave it out')
  }
  const mistake = typeof pattern === 'string' ? patternMistake(pattern) : undefined
  if (mistake !== undefined) refuse(['evaluate', 'pattern'], `evaluate.pattern ${mistake}`)
}

/** A setting that only some tasks read. */
function checkSettings(task: CustomTaskName, {data, refuse}: RecipeBlocks): void {
  const tasks: Readonly<Record<string, CustomTask>> = OWN
  const reads = (name: string, key: CustomTaskSetting) => tasks[name].settings.includes(key)
  for (const key of CUSTOM_TASK_SETTINGS) {
    if (data[key] === undefined || reads(task, key)) continue
    const readers = Object.keys(tasks).filter(name => reads(name, key))
    refuse(['data', key], `data.${key} is only for task ${readers.join(' or ')}, not for ${task}; leave it out`)
  }
  const mistake =
    typeof data.template === 'string' && reads(task, 'template') ? templateMistake(data.template) : undefined
  if (mistake !== undefined) refuse(['data', 'template'], `data.template ${mistake}`)
}
