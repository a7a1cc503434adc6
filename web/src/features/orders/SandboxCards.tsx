// Pretend cards to pay with, each with a picture and a line of what it does.
import { orderTexts } from '@/lib/orderTexts';
import { sandbox_cards, type SandboxGroup, type SandboxToken } from './sandbox';
import css from './SandboxCards.module.css';

export function SandboxCards({ chosen, onChoose }: { chosen: SandboxToken; onChoose: (token: SandboxToken) => void }) {
  return (
    <div className={css.cards}>
      {sandbox_cards.map(({ group, tokens }) => (
        <fieldset key={group} className={css.group}>
          <legend className={css.legend}>{orderTexts.sandbox.groups[group]}</legend>
          <div className={css.list}>
            {tokens.map((token) => (
              <label key={token} className={css.option} data-group={group}>
                <input type="radio" name="card" value={token} checked={chosen === token} onChange={() => onChoose(token)} />
                <span className={css.card}>
                  <Plastic group={group} />
                  <span className={css.name}>{orderTexts.sandbox.cards[token].name}</span>
                  <span className={css.does}>{orderTexts.sandbox.cards[token].does}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      ))}
    </div>
  );
}

const marks: Record<SandboxGroup, string> = {
  pays: 'M27.5 17.5l4 4 7-8.5', // a tick
  declines: 'M29 13.5l8 8m0-8l-8 8', // a cross
  slow: 'M33 11.5v6l3.5 3', // the hands of a clock
};

function Plastic({ group }: { group: SandboxGroup }) {
  return (
    <svg className={css.plastic} viewBox="0 0 46 30" aria-hidden="true" focusable="false" fill="none" stroke="currentColor">
      <rect x="1" y="1" width="44" height="28" rx="4" strokeWidth="2" />
      <rect x="6" y="8" width="9" height="7" rx="1.5" fill="currentColor" stroke="none" />
      <path d="M6 22h4m3 0h4" strokeWidth="2" strokeLinecap="round" />
      {group === 'slow' && <circle cx="33" cy="17" r="7.5" strokeWidth="2" />}
      <path d={marks[group]} strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
