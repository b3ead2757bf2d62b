/** The program of the article, and the one that accompanies it today. */
export type TutorialRulesName = 'tutorial' | 'tutorial-bound'

/** All that makes a tutorial network. */
export interface TutorialDefinition {
  readonly rules: TutorialRulesName
  /** Hex zeros that a proof's hash begins with; each makes a search 16 times as long. */
  readonly zeros: number
}
