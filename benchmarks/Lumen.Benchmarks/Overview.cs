using System.Globalization;
using System.Text;
using System.Text.Json;
using Lumen.Core.Tensors;
using Lumen.Files;
using static TorchSharp.torch;

namespace Lumen.Benchmarks;

/// <summary>
/// One table of everything whose speed matters: ours, a peer on the same machine in the same run, and what the processor's peak allows. All
/// works are done in turn, round by round, each beside a large matrix product, and what is kept is the lower quartile of the ratios to
/// that: a machine that is slower today, or meanwhile, changes all of them alike.
/// </summary>
internal static class Overview
{
    private const double Slower = 1.10; // what a comparison reports
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="folder">The built-in model.</param>
    /// <param name="placement">Device and type.</param>
    /// <param name="rounds">Rounds; the first one more is not counted.</param>
    /// <param name="written">File for the figures, or null.</param>
    /// <param name="compared">Figures of an earlier run, or null.</param>
    /// <returns>Whether nothing became slower, and everything that was measured then was measured now.</returns>
    /// <exception cref="LumenException">The earlier figures cannot be read, or are of other works.</exception>
    public static bool Run(string folder, Placement placement, int rounds, string? written, string? compared)
    {
        var before = compared is null ? null : Read(compared);
        if (written is not null)
            RequireWritable(written);
        using var frozen = no_grad();
        using var works = new OverviewWorks(folder, placement);
        if (before is not null && !works.All.Any(work => before.ContainsKey(work.Name)))
            throw new LumenException(
                $"{compared} holds none of the works that are measured here: {string.Join(", ", works.All.Select(work => work.Name))}. "
                    + "Give a file that --output wrote."
            );
        var product = new MatrixProduct(placement.Compute);
        var samples = works.All.ToDictionary(work => work.Name, _ => new List<Sample>());
        Measure(works.All, 1);
        samples.Values.ToList().ForEach(all => all.Clear()); // the first round is slower
        Measure(works.All, rounds);
        if (before is not null) // what seems slower is measured again: another program may have come between
            Measure([.. works.All.Where(work => IsSlower(before, work.Name, Figure(work)))], 2 * rounds);
        var figures = works.All.ToDictionary(work => work.Name, Figure);
        Print(works.All, samples, product, placement);
        if (written is not null)
            AtomicFile.Write(written, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(figures, Indented) + "\n"));
        return before is null || Compare(before, figures);

        double Figure(OverviewWork work) => Quartile(samples[work.Name].Select(one => one.Ours / one.Product));

        void Measure(IReadOnlyList<OverviewWork> some, int times)
        {
            for (var round = 1; round <= times && some.Count > 0; round++)
            {
                Console.Error.WriteLine($"round {round} of {times}, {some.Count} works");
                foreach (var work in some)
                    samples[work.Name].Add(new Sample(product.Seconds(), work.Seconds(), work.PeerSeconds()));
            }
        }
    }

    // Said before anything is measured; earlier figures stay until there are new ones.
    private static void RequireWritable(string path)
    {
        var isNew = !File.Exists(path);
        File.Open(path, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
        if (isNew)
            File.Delete(path);
    }

    private static bool IsSlower(Dictionary<string, double> before, string work, double figure) =>
        before.TryGetValue(work, out var then) && figure > Slower * then;

    private static void Print(
        IReadOnlyList<OverviewWork> works,
        Dictionary<string, List<Sample>> samples,
        MatrixProduct product,
        Placement placement
    )
    {
        var peak = product.GigaFlop / samples.Values.SelectMany(all => all).Min(one => one.Product);
        Console.WriteLine(
            $"{get_num_threads()} thread(s), {placement.Compute}; peak of a matrix product {Text(peak)} GFLOP/s. Milliseconds of "
                + "processor time.\n"
        );
        Console.WriteLine("| work | ours | peer | peer's | ours over peer's | limit by the peak | share of the peak |");
        Console.WriteLine("| --- | ---: | --- | ---: | ---: | ---: | ---: |");
        foreach (var work in works)
        {
            var all = samples[work.Name];
            var ours = Quartile(all.Select(one => one.Ours));
            var peer = work.Peer is null
                ? "| | "
                : $"{work.Peer} | {Text(Quartile(all.Select(one => one.Peer)) * 1e3)} | "
                    + $"{Text(Quartile(all.Select(one => one.Ours / one.Peer)))}";
            var limit = work.GigaFlop is { } count
                ? $"{Text(count / peak * 1e3)} | {(count / peak / ours).ToString("0 %", CultureInfo.InvariantCulture)}"
                : "| ";
            Console.WriteLine($"| {work.Name} | {Text(ours * 1e3)} | {peer} | {limit} |");
        }
    }

    private static bool Compare(Dictionary<string, double> before, Dictionary<string, double> now)
    {
        var slower = now.Where(figure => IsSlower(before, figure.Key, figure.Value)).ToArray();
        Console.WriteLine();
        foreach (var (work, figure) in slower)
            Console.WriteLine($"slower: {work}, {Text(figure / before[work])} times what it took");
        var missing = before.Keys.Except(now.Keys).ToArray();
        foreach (var work in missing)
            Console.WriteLine($"not measured any more: {work}");
        if (slower.Length == 0)
            Console.WriteLine($"Nothing of {now.Keys.Count(before.ContainsKey)} works became slower by more than 10 %.");
        return slower.Length + missing.Length == 0;
    }

    private static Dictionary<string, double> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(path)) ?? [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new LumenException($"{path} cannot be compared with: {error.Message} Give a file that --output wrote.", error);
        }
    }

    // The lower one: what comes between only adds.
    private static double Quartile(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[(sorted.Length - 1) / 4];
    }

    private static string Text(double value) =>
        value.ToString(
            value >= 100 ? "0"
                : value >= 10 ? "0.0"
                : "0.00",
            CultureInfo.InvariantCulture
        );

    private sealed record Sample(double Product, double Ours, double Peer);
}

/// <summary>A matrix product of 1024 x 1024, eight times.</summary>
internal sealed class MatrixProduct(ScalarType type)
{
    private const int Side = 1024,
        Times = 8;
    private readonly Tensor _factor = ones([Side, Side], dtype: type).DetachFromDisposeScope();

    /// <summary>Its work.</summary>
    public double GigaFlop => 2.0 * Times * Side * Side * Side / 1e9;

    /// <summary>Does it, and says the processor time.</summary>
    public double Seconds() =>
        OverviewWork.Measure(() =>
        {
            for (var i = 0; i < Times; i++)
                mm(_factor, _factor).Dispose();
        });
}

/// <summary>Something whose speed matters.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Act">Does it.</param>
internal sealed record OverviewWork(string Name, Action Act)
{
    /// <summary>Who does the same, or null.</summary>
    public string? Peer { get; init; }

    /// <summary>Does it as the peer does.</summary>
    public Action? PeerAct { get; init; }

    /// <summary>Products and convolutions in it, or null where they do not decide.</summary>
    public double? GigaFlop { get; init; }

    /// <summary>Times in a row, for what is done too fast to be measured.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Processor time of one.</summary>
    public double Seconds() => Repeated(Act);

    /// <summary>The peer's; not a number where there is none.</summary>
    public double PeerSeconds() => PeerAct is null ? double.NaN : Repeated(PeerAct);

    /// <summary>Processor time of an action in seconds.</summary>
    public static double Measure(Action act)
    {
        var start = Environment.CpuUsage.TotalTime;
        act();
        return Math.Max((Environment.CpuUsage.TotalTime - start).TotalSeconds, 1e-9);
    }

    private double Repeated(Action act) =>
        Measure(() =>
        {
            for (var i = 0; i < Times; i++)
            {
                using var scope = NewDisposeScope();
                act();
            }
        }) / Times;
}
