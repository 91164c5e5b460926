using System.CommandLine;

namespace Lumen.Cli;

/// <summary>Commands that belong together, as the help and the command reference show them.</summary>
/// <param name="Title">What they are for.</param>
/// <param name="Commands">The commands in the order of use.</param>
internal sealed record CommandGroup(string Title, IReadOnlyList<Command> Commands);
