using Lumen.Core.Tensors;

namespace Lumen.Testing.Parity;

/// <summary>Reference cases as assertions.</summary>
public static class ParityAssert
{
    /// <summary>Runs a case below tests/goldens in float32; every output must be there and within its tolerance.</summary>
    /// <param name="relative">Folder below tests/goldens.</param>
    /// <param name="mayBeMissing">Outputs that nothing here computes yet begin with one of these.</param>
    /// <exception cref="InvalidOperationException">An output is off or missing; the message has its line of the report.</exception>
    public static void Passes(string relative, params ReadOnlySpan<string> mayBeMissing)
    {
        var wrong = new List<Comparison>();
        foreach (var comparison in CaseRunner.Run(ReferenceCase.Open(Golden.Folder(""), Golden.Folder(relative)), Placement.Reference))
        {
            if (
                comparison.Verdict != Verdict.Ok
                && !(comparison.Verdict == Verdict.Unsupported && StartsWithAny(comparison.Output, mayBeMissing))
            )
                wrong.Add(comparison);
        }
        if (wrong.Count > 0)
            throw new InvalidOperationException(string.Join(Environment.NewLine, wrong));
    }

    private static bool StartsWithAny(string output, ReadOnlySpan<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (output.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}
