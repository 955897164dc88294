// Writes what this mini language model has besides its weights: `npx tsx scripts/mini/commonsense/model.ts`.
import {writeLlama} from '../llama.ts'
import {miniTokenizer, VOCABULARY} from './tokenizer.ts'

writeLlama('llama-commonsense-mini', miniTokenizer(), VOCABULARY)
