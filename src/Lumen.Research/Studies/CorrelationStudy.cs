using System.Diagnostics;
using System.Globalization;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>What components of layouts have to do with what is known of the scene. Needs no generation.</summary>
public sealed class CorrelationStudy : IStudy
{
    private const int Sampled = 48; // cells a reference for the mutual information
    private const int TrialPictures = 8;

    /// <inheritdoc/>
    public string Name => "correlation";

    /// <inheritdoc/>
    public string Question => "Do the leading components hold semantics and geometry rather than appearance?";

    /// <inheritdoc/>
    public void Check(StudyRecipe recipe)
    {
        if (recipe.Adapters.Count == 0)
            throw new LumenException(
                "The study correlation needs adapters, whose bases make the layouts: [{ \"name\": \"layout\", \"adapter\": "
                    + "\"models/street-tiny/controlnet\" }] in its recipe."
            );
    }

    /// <inheritdoc/>
    public StudyPlan Plan(StudyBench bench)
    {
        var adapters = bench.Adapters.Where(adapter => adapter.Layout is not null).ToArray();
        return new StudyPlan
        {
            Units = [.. adapters.SelectMany(adapter => StudyUnit.Of(adapter.Name, bench.Recipe, 1))],
            Identities = adapters.ToDictionary(adapter => adapter.Name, adapter => adapter.Layout!.Basis.Hash),
            Skipped =
            [
                .. bench.AbsentAdapters,
                .. bench
                    .Adapters.Where(adapter => adapter.Layout is null)
                    .Select(adapter => $"Adapter {adapter.Name}: it is not conditioned on layouts."),
            ],
            BytesPerPicture = 12 * (Sampled + CellProperties.Count + 20) * (CellProperties.Count + 20),
            SecondsPerPicture = () => Trial(adapters[0], bench),
        };
    }

    /// <inheritdoc/>
    public StudyUnitResult Run(StudyUnit unit, StudyBench bench)
    {
        using var scope = NewDisposeScope();
        var references = unit.References.Select(bench.Street).ToArray();
        var layouts = bench
            .Adapters.First(adapter => adapter.Name == unit.Condition)
            .LayoutsOf([.. references.Select(reference => reference.Picture)], bench);
        var rows = references
            .Select((reference, i) => new StudyRow(unit.Condition, reference.Index, 0, Values(layouts[i], reference)))
            .ToArray();
        return new StudyUnitResult(rows, new Dictionary<string, Imaging.Picture>());
    }

    /// <inheritdoc/>
    public StudyFindings Conclude(IReadOnlyList<StudyRow> rows, StudyBench bench, StudyStore store)
    {
        var reports = GenerationStudy
            .ByCondition(rows)
            .Select(one => new CorrelationReport(
                one.Key,
                one.Value,
                bench.Adapters.First(adapter => adapter.Name == one.Key).Layout!.Basis.Components,
                bench.Recipe.Resamples
            ))
            .ToArray();
        return new StudyFindings
        {
            Setting =
            [
                .. bench.Setting(generates: false),
                "Every cell of every reference's layout counts; depth is inverse depth, border is 1 where two things meet in a cell, "
                    + "time, weather and palette are the picture's.",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"R^2 is linear with a constant; for class, time, weather and palette it is eta^2. Mutual information: "
                        + $"{Sampled} random cells a reference, {CorrelationReport.Bins} bins of equally many values."
                ),
            ],
            Tables = [.. reports.SelectMany(report => report.Tables)],
            Drawings = [.. reports.SelectMany(report => report.Drawings)],
            Meaning = string.Join(" ", reports.Select(report => report.Meaning)),
            Targets = [.. reports.SelectMany(report => report.Targets)],
            WouldChange =
            [
                "Properties that go together in these streets (sky is up, far and bright): a component that follows one follows the "
                    + "others, and a table of single properties cannot tell which is the cause.",
                "Another normalisation of the features: without standardising, leading components are appearance (see lumen evaluate "
                    + "leak).",
                "A non-linear tie that R^2 misses would show in the mutual information.",
            ],
        };
    }

    private static SortedDictionary<string, double[]> Values(Tensor layout, StreetReference reference)
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((int)layout.shape[1], (int)layout.shape[2]);
        // [h·w, N + P]
        var cells = cat([layout.flatten(1).t().to_type(ScalarType.Float64), CellProperties.Of(reference.Scene, (width, height))], 1);
        var random = new RandomStream(0xCE11).For(reference.Index);
        var chosen = tensor(Enumerable.Range(0, Sampled).Select(draw => random.IndexAt(draw, height * width)).ToArray());
        return new SortedDictionary<string, double[]>(StringComparer.Ordinal)
        {
            ["moments"] = Rounded(LinearDependence.Packed(LinearDependence.Moments(cells))),
            ["cells"] = Rounded(cells.index_select(0, chosen).contiguous().data<double>().ToArray()), // [48, N + P] flattened
        };
    }

    // Ten digits are more than the features have and make small files.
    private static double[] Rounded(double[] values) =>
        Array.ConvertAll(values, value => double.Parse(value.ToString("G10", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    private static double Trial(StudyAdapter adapter, StudyBench bench)
    {
        var pictures = Enumerable
            .Range(0, Math.Min(TrialPictures, bench.Recipe.References))
            .Select(index => bench.Reference(index).Picture)
            .ToArray();
        using var scope = NewDisposeScope();
        adapter.LayoutsOf(pictures, bench); // the first pass is slower
        var watch = Stopwatch.StartNew();
        adapter.LayoutsOf(pictures, bench);
        return watch.Elapsed.TotalSeconds / pictures.Length + 0.05; // and the properties of the cells
    }
}
