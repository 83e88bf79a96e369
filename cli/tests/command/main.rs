//! The command as a merchant runs it.

#[cfg(test)]
mod evidence;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod verify;
