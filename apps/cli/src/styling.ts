import { styleText } from 'node:util';

/** How text is styled for its destination: a terminal or a pipe. */
export interface Styling {
  readonly terminal: boolean;
  strong(text: string): string;
  dim(text: string): string;
  bad(text: string): string;
  good(text: string): string;
}

const unchanged = (text: string): string => text;

/** For pipes and files. */
export const plainStyling: Styling = {
  terminal: false,
  strong: unchanged,
  dim: unchanged,
  bad: unchanged,
  good: unchanged,
};

/** For a terminal, with colours unless NO_COLOR is set or the terminal is dumb. */
export function terminalStyling(environment: Readonly<Record<string, string | undefined>>): Styling {
  const { NO_COLOR: noColor, TERM: term } = environment;
  if ((noColor !== undefined && noColor !== '') || term === 'dumb')
    return { ...plainStyling, terminal: true };
  const styled = (style: 'bold' | 'dim' | 'red' | 'green') => (text: string) =>
    styleText(style, text, { validateStream: false });
  return {
    terminal: true,
    strong: styled('bold'),
    dim: styled('dim'),
    bad: styled('red'),
    good: styled('green'),
  };
}
