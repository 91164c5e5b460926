namespace Lumen;

/// <summary>
/// Something the user gave cannot be used. The message is whole sentences: what was expected, what was found, where, and what to do.
/// The command line prints it and exits with code 2; anything else that escapes is a bug.
/// </summary>
public class LumenException(string message, Exception? inner = null) : Exception(message, inner);
