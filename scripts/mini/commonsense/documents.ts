import type {Random} from '../../../src/tensor/random.ts'
import {drawTruth, optionsOf, pick, pickSome, those} from './draw.ts'
import {asked, type Entry, entry} from './entry.ts'
import {article, ENTITIES} from './facts.ts'
import {whether} from './questions.ts'
import {holds, TRAITS, type Trait} from './traits.ts'

const INDENT = ' '.repeat(16)

/**
 * What pre-training reads: two questions with their answers, the second in the white space of evaluation. Most answers are
 * lists, so that a text tells many facts; none is in a form of fine-tuning.
 */
export function document(random: Random): Entry {
  const [first, second] = [0, 1].map(() => pick(random, FORMS)(random))
  const section = (title: string, text: string) => `\n\n${INDENT}### ${title}:\n${INDENT}${text}`
  const further = section('Instruction', second.instruction) + section('Response', second.output)
  return entry(first.instruction, first.output + further)
}

/** Which traits somebody has. */
function traitsOfOne(random: Random): Entry {
  const entity = pick(random, ENTITIES)
  const told = pickSome(random, TRAITS[entity.sort], 5).map(trait => `${trait.so}: ${yesOrNo(holds(trait, entity))}`)
  return entry(`What is so of ${article(entity)}?`, told.join(', '))
}

/** Who has a trait. */
function thoseWithTrait(random: Random): Entry {
  const trait = anyTrait(random)
  const told = Array.from({length: 8}, () => {
    const truth = random.uniform() < 0.5
    return `${article(pick(random, those(ENTITIES, trait, truth)))}: ${yesOrNo(truth)}`
  })
  return entry(`Who ${trait.so}?`, told.join(', '))
}

/** A single trait, asked for in words. */
function question(random: Random): Entry {
  const {entity, trait, truth} = drawTruth(random)
  return asked(whether(random, entity, trait), yesOrNo(truth))
}

/** Which of two has a trait, by name. */
function choices(random: Random): Entry {
  const trait = anyTrait(random)
  const told = Array.from({length: 4}, () => {
    const {options, right} = optionsOf(random, trait, 2)!
    return `${options.map(article).join(' or ')}: ${article(right)}`
  })
  return entry(`Which one ${trait.so}?`, told.join(', '))
}

/** Of two, the first or the second: of each trait that tells them apart. */
function firstOrSecond(random: Random): Entry {
  const {options} = optionsOf(random, anyTrait(random), 2)!
  const telling = TRAITS[options[0].sort].filter(trait => holds(trait, options[0]) !== holds(trait, options[1]))
  const told = pickSome(random, telling, telling.length).map(
    trait => `${trait.so}: ${holds(trait, options[0]) ? 'first' : 'second'}`,
  )
  return entry(`First: ${article(options[0])}. Second: ${article(options[1])}.`, told.join(', '))
}

const FORMS = [traitsOfOne, thoseWithTrait, question, choices, firstOrSecond]

const anyTrait = (random: Random): Trait => pick(random, Object.values(TRAITS).flat())

const yesOrNo = (truth: boolean) => (truth ? 'yes' : 'no')
