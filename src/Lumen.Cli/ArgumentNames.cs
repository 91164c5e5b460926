namespace Lumen.Cli;

/// <summary>Options may be written with underscores, as in diffusers' scripts.</summary>
internal static class ArgumentNames
{
    /// <summary>
    /// <c>--num_inference_steps=5</c> becomes <c>--num-inference-steps=5</c>; values and everything after <c>--</c> stay.
    /// </summary>
    public static string[] Normalise(IReadOnlyList<string> arguments)
    {
        var end = arguments.TakeWhile(argument => argument != "--").Count();
        return
        [
            .. arguments.Select(
                (argument, index) => index < end && argument.StartsWith("--", StringComparison.Ordinal) ? Name(argument) : argument
            ),
        ];
    }

    private static string Name(string argument)
    {
        var length = argument.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals ? equals : argument.Length;
        var name = argument[..length];
        return name.Contains(' ', StringComparison.Ordinal) ? argument : name.Replace('_', '-') + argument[length..];
    }
}
