// The few pictures of the frame, drawn with one pen.
import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round" strokeLinejoin="round">
      {children}
    </svg>
  );
}

export const TicketIcon = () => (
  <Icon>
    <path d="M3 6h11.5a1.8 1.8 0 0 0 3.5 0H21v12h-3a1.8 1.8 0 0 0-3.5 0H3zM16.2 10.5v3" />
  </Icon>
);
export const OrdersIcon = () => (
  <Icon>
    <path d="M6 3h12v18l-3-2-3 2-3-2-3 2zM9.5 8h5M9.5 12h5" />
  </Icon>
);
export const SellingIcon = () => (
  <Icon>
    <path d="M12.5 3.5H20v7.5l-9 9-7.5-7.5zM16 8h.01" />
  </Icon>
);
export const SignInIcon = () => (
  <Icon>
    <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5" />
  </Icon>
);
export const LightsIcon = ({ on }: { on: boolean }) => (
  <Icon>
    <path d="M12 3v3M6.5 15a5.5 5.5 0 0 1 11 0zM10 18.5a2 2 0 0 0 4 0" />
    {on && <path d="M4 19.5l-1.5 1.5M20 19.5l1.5 1.5M12 22v.01" />}
  </Icon>
);
export const BrandMark = () => (
  <svg viewBox="0 0 44 32" aria-hidden="true" focusable="false">
    <path fill="currentColor" d="M3 3h25a3.5 3.5 0 0 0 7 0h6a2 2 0 0 1 2 2v22a2 2 0 0 1-2 2h-6a3.5 3.5 0 0 0-7 0H3a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" />
    <path d="M31.5 9v14" stroke="var(--room)" strokeWidth="2" strokeDasharray="2.5 3" />
    <path d="M9 9.5v7a6 6 0 0 0 12 0v-7" fill="none" stroke="var(--room)" strokeWidth="4.2" />
  </svg>
);
