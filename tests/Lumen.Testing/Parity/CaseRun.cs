using System.Text.RegularExpressions;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity;

/// <summary>One case while it runs: its inputs, its wanted outputs, and the comparisons so far.</summary>
public sealed partial class CaseRun
{
    private const double Half = 30; // what 16-bit execution is allowed beyond float32
    private readonly Dictionary<string, Comparison> _worst = [];
    private readonly HashSet<string> _compared = [];
    private readonly double _factor;

    internal CaseRun(ReferenceCase reference, Placement placement, bool computesPlaced)
    {
        Case = reference;
        Placement = placement;
        _factor = computesPlaced && placement.Compute != ScalarType.Float32 ? Half : 1;
        Inputs = reference.Inputs();
        Wanted = reference.Outputs();
    }

    /// <summary>The case.</summary>
    public ReferenceCase Case { get; }

    /// <summary>Device and type that networks compute in.</summary>
    public Placement Placement { get; }

    /// <summary>Input tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Inputs { get; }

    /// <summary>Wanted outputs by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Wanted { get; }

    /// <summary>Wanted outputs that nothing has been compared with.</summary>
    public IEnumerable<string> Left => Wanted.Keys.Except(_compared).Order(StringComparer.Ordinal);

    internal IReadOnlyCollection<Comparison> Comparisons => _worst.Values;

    /// <summary>Compares with the output of this name, if the case has one.</summary>
    /// <param name="output">Name in outputs.safetensors.</param>
    /// <param name="got">What was computed here.</param>
    /// <param name="label">Put before the name in the report, to tell apart two ways to the same output.</param>
    public void Compare(string output, Tensor got, string label = "")
    {
        if (!Wanted.TryGetValue(output, out var want))
            return;
        Compare(output, got, want, null, label);
    }

    /// <summary>Compares two tensors by the case's tolerance.</summary>
    /// <param name="output">What to call it.</param>
    /// <param name="got">What was computed here.</param>
    /// <param name="want">What is wanted.</param>
    /// <param name="deviation">Standard deviation of the whole wanted tensor, if <paramref name="want"/> is only a sample of it.</param>
    /// <param name="label">Put before the name in the report.</param>
    public void Compare(string output, Tensor got, Tensor want, double? deviation = null, string label = "")
    {
        _compared.Add(output);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        if (!got.shape.SequenceEqual(want.shape))
        {
            Add(
                Verdict.Fail,
                label + output,
                double.NaN,
                double.NaN,
                $"has the shape {Shape.Text(got.shape)}, expected {Shape.Text(want.shape)}"
            );
            return;
        }
        if (want.numel() == 0)
        {
            Add(Verdict.Ok, label + output, 0, 0);
            return;
        }
        var expected = want.to(ScalarType.Float64, CPU).flatten();
        var error = (got.to(ScalarType.Float64, CPU).flatten() - expected).abs();
        var spread = deviation ?? (expected.numel() > 1 ? expected.std(unbiased: false).item<double>() : 0);
        var allowed = (expected.abs() * Case.Tolerance.Rtol + Case.Tolerance.Atol * Math.Max(1, spread)) * _factor;
        // NaN becomes the worst of all; exact comparisons have nothing to divide by.
        var share = (error / allowed.clamp_min(1e-300)).nan_to_num(double.MaxValue, double.MaxValue);
        var worst = share.argmax().item<long>();
        var (off, limit) = (error[worst].item<double>(), allowed[worst].item<double>());
        Add(off <= limit ? Verdict.Ok : Verdict.Fail, label + output, off, limit);
    }

    /// <summary>Notes a count of differences where none are allowed.</summary>
    public void CompareCount(string output, int differences, string note = "") =>
        Add(differences == 0 ? Verdict.Ok : Verdict.Fail, output, differences, 0, note);

    /// <summary>Notes that a wanted output cannot be computed.</summary>
    public void Unsupported(string output, string why)
    {
        _compared.Add(output);
        Add(Verdict.Unsupported, output, double.NaN, double.NaN, why);
    }

    internal void Fail(string why) => Add(Verdict.Fail, "-", double.NaN, double.NaN, why);

    // One line for each group: "prev.0" ... "prev.9" are prev.*.
    private void Add(Verdict verdict, string output, double error, double allowed, string note = "")
    {
        var group = Counter().Replace(output, ".*");
        var found = new Comparison(verdict, Case.Name, group, error, allowed, note);
        if (!_worst.TryGetValue(group, out var known) || Rank(found) > Rank(known))
            _worst[group] = found;

        static double Rank(Comparison comparison) => comparison.Verdict == Verdict.Unsupported ? double.MaxValue : comparison.Share;
    }

    [GeneratedRegex(@"(?<!(scale|_cn)\d+)\.\d+(?=$|\.)")]
    private static partial Regex Counter();
}
