using System.Runtime.InteropServices;
using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Testing.Parity.Measures;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>Runs reference cases of every known kind.</summary>
public static class CaseRunner
{
    // A case may be of several kinds: each compares the outputs it knows.
    private static readonly CaseKind[] Kinds =
    [
        new SafetensorsCases(),
        new SchedulerCases(),
        new TokenizerCases(),
        new TextEncoderCases(),
        new UNetCases(),
        new ControlNetCases(),
        new AutoencoderCases(),
        new TrajectoryCases(),
        new ShortTrajectoryCases(),
        new FullScaleCases(),
        new KeyCases(),
        new VisionCases(),
        new VisionKeyCases(),
        new PcaCases(),
        .. MeasureCases.All,
    ];

    /// <summary>Runs one case.</summary>
    /// <param name="reference">The case.</param>
    /// <param name="placement">Device and type that networks compute in.</param>
    /// <returns>One line for each compared group, at least one.</returns>
    public static IReadOnlyList<Comparison> Run(ReferenceCase reference, Placement placement)
    {
        var kinds = Kinds.Where(kind => kind.Fits(reference)).ToArray();
        if (kinds.Length == 0)
            return
            [
                new Comparison(
                    Verdict.Unsupported,
                    reference.Name,
                    "-",
                    double.NaN,
                    double.NaN,
                    $"nothing here runs {(reference.UpstreamClass is { Length: > 0 } name ? name : "this")}"
                ),
            ];
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var run = new CaseRun(reference, placement, kinds.Any(kind => kind.ComputesPlaced));
        foreach (var kind in kinds)
        {
            try
            {
                using var inner = NewDisposeScope();
                kind.Run(run);
            }
            catch (Exception fault)
                when (fault
                        is LumenException
                            or ArgumentException
                            or InvalidOperationException
                            or ExternalException
                            or KeyNotFoundException
                            or IOException
                            or JsonException
                )
            {
                run.Fail($"{kind.GetType().Name}: {fault.Message.ReplaceLineEndings(" ")}");
            }
        }
        foreach (var output in run.Left)
            run.Unsupported(output, "nothing here computes it");
        return [.. run.Comparisons];
    }
}
