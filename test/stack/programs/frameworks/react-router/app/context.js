import { createContext } from 'react-router';
export const incoming = createContext();
