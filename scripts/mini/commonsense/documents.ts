import type {Random} from '../../../src/tensor/random.ts'
import {pick, pickSome} from '../pick.ts'
import {drawTruth, optionsOf, those} from './draw.ts'
import {asked, type Entry, entry} from './entry.ts'
import {article, ENTITIES} from './facts.ts'
import {labels, whether, which} from './questions.ts'
import {holds, TRAITS, type Trait} from './traits.ts'

const INDENT = ' '.repeat(16)

/**
 * Writes the texts of pre-training: two questions with answers, the second with the white space of the evaluation. Most
 * answers are lists, so that a text contains many facts. All words of fine-tuning occur, and each of its skills separately.
 */
export function document(random: Random): Entry {
  const [first, second] = [0, 1].map(() => pick(random, FORMS)(random))
  const section = (title: string, text: string) => `\n\n${INDENT}### ${title}:\n${INDENT}${text}`
  const further = section('Instruction', second.instruction) + section('Response', second.output)
  return entry(first.instruction, first.output + further)
}

/** Asks which traits a name has. */
function traitsOfOne(random: Random): Entry {
  const entity = pick(random, ENTITIES)
  const told = pickSome(random, TRAITS[entity.sort], 5).map(trait => `${trait.so}: ${yesOrNo(holds(trait, entity))}`)
  return entry(`What is so of ${article(entity)}?`, told.join(', '))
}

/** Asks which names have a trait. */
function thoseWithTrait(random: Random): Entry {
  const trait = anyTrait(random)
  const told = Array.from({length: 8}, () => {
    const truth = random.uniform() < 0.5
    return `${article(pick(random, those(trait, truth)))}: ${yesOrNo(truth)}`
  })
  return entry(`Who ${trait.so}?`, told.join(', '))
}

/** Asks whether sentences are true or false. */
function sentences(random: Random): Entry {
  const told = Array.from({length: 5}, () => {
    const {entity, trait, truth} = drawTruth(random)
    return `${article(entity)} ${trait.so}: ${truth}`
  })
  return entry('What is true and what is false?', told.join(', '))
}

/** Asks for a single trait in words. */
function question(random: Random): Entry {
  const {entity, trait, truth} = drawTruth(random)
  const ask = whether(random, entity, trait)
  const formal = `Please answer the following question with yes or no, question: ${ask}\n\nAnswer format: yes/no`
  return asked(random.uniform() < 0.5 ? formal : ask, yesOrNo(truth))
}

/** Asks which of several names has a trait. */
function choice(random: Random): Entry {
  const trait = anyTrait(random)
  const {options, right} = optionsOf(random, trait, 2 + random.int(3))
  const ask = `Please choose the correct answer to the question: ${which(random, trait)}`
  return asked(`${ask}\n\n${options.map(article).join('\n\n')}`, article(right))
}

/** Asks the same of several names in a list. */
function choices(random: Random): Entry {
  const trait = anyTrait(random)
  const told = Array.from({length: 4}, () => {
    const {options, right} = optionsOf(random, trait, 2)
    return `${options.map(article).join(' or ')}: ${article(right)}`
  })
  return entry(`Which one ${trait.so}?`, told.join(', '))
}

/** Asks which of two texts is solution1 and which solution2. */
function labelled(random: Random): Entry {
  const {lines, names} = labels(pickSome(random, ENTITIES, 2))
  const told = pickSome(random, names, 2).map(({entity, label}) =>
    random.uniform() < 0.7 ? `${article(entity)}: ${label}` : `${label}: ${article(entity)}`,
  )
  return entry(lines.join('\n\n'), told.join(', '))
}

const FORMS = [traitsOfOne, thoseWithTrait, sentences, question, choice, choices, labelled]

const anyTrait = (random: Random): Trait => pick(random, Object.values(TRAITS).flat())

const yesOrNo = (truth: boolean) => (truth ? 'yes' : 'no')
