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
    <path d="M3 6h11.500a1.800 1.800 0 0 0 3.500 0H21v12h-3a1.800 1.800 0 0 0-3.500 0H3zM16.200 10.500v3" />
  </Icon>
);
export const OrdersIcon = () => (
  <Icon>
    <path d="M6 3h12v18l-3-2-3 2-3-2-3 2zM9.500 8h5M9.500 12h5" />
  </Icon>
);
export const SellingIcon = () => (
  <Icon>
    <path d="M12.500 3.500H20v7.500l-9 9-7.500-7.500zM16 8h.01" />
  </Icon>
);
export const SellIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);
export const SignInIcon = () => (
  <Icon>
    <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500c1-4 4-5.500 7.500-5.500s6.500 1.500 7.500 5.500" />
  </Icon>
);
export const LightsIcon = ({ on }: { on: boolean }) => (
  <Icon>
    <path d="M12 3v3M6.500 15a5.500 5.500 0 0 1 11 0zM10 18.500a2 2 0 0 0 4 0" />
    {on && <path d="M4 19.500l-1.500 1.500M20 19.500l1.500 1.500M12 22v.01" />}
  </Icon>
);
export const BrandMark = () => (
  <svg viewBox="0 0 44 32" aria-hidden="true" focusable="false">
    <path fill="currentColor" d="M3 3h25a3.500 3.500 0 0 0 7 0h6a2 2 0 0 1 2 2v22a2 2 0 0 1-2 2h-6a3.500 3.500 0 0 0-7 0H3a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" />
    <path d="M31.500 9v14" stroke="var(--room)" strokeWidth="2" strokeDasharray="2.500 3" />
    <path d="M9 9.500v7a6 6 0 0 0 12 0v-7" fill="none" stroke="var(--room)" strokeWidth="4.200" />
  </svg>
);
