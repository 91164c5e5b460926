using System.Globalization;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Research.Studies;

/// <summary>Tables and sentences of the correlation study for one basis.</summary>
internal sealed class CorrelationReport
{
    public const int Bins = 12;
    private const string PictureWide =
        "Where features are standardised, every component has nearly the same mean in every picture, so that time, weather and "
        + "palette of a whole picture cannot explain it linearly; what single cells tell of them is in the mutual information and, "
        + "with probes, in lumen evaluate leak.";

    private static readonly string[] Meant = ["class", "depth", "normal"],
        Appearance = ["colour", "brightness", "time", "weather", "palette"];
    private static readonly string[] Informed = ["class", "depth", "border", "x", "y", "brightness", "time", "weather", "palette"];
    private readonly string _name;
    private readonly int _components;
    private readonly IReadOnlyList<StudyRow> _rows;
    private readonly IReadOnlyList<double> _variances;

    public CorrelationReport(string name, IReadOnlyList<StudyRow> rows, int components, int resamples)
    {
        (_name, _rows, _components) = (name, rows, components);
        using var scope = NewDisposeScope();
        var drawn = Drawn(rows, resamples); // [1 + R, V, V]; the first is all references
        _variances = drawn[0].diagonal().narrow(0, 0, components).contiguous().data<double>().ToArray();
        var columns = CellProperties.Groups.Select(group => new StudyColumn(group.Name, group.Name)).ToArray();
        var single = CellProperties.Groups.ToDictionary(
            group => group.Name,
            group => LinearDependence.Each(drawn, (0, _components), Place(group.Name))
        ); // [1 + R, N]
        var singly = Enumerable
            .Range(0, _components)
            .Select(k => new StudyTableRow(
                string.Create(CultureInfo.InvariantCulture, $"PC {k + 1}"),
                CellProperties.Groups.ToDictionary(group => group.Name, group => (StudyFigure?)Figure(single[group.Name].select(1, k)))
            ));
        int[] counts = [.. new[] { 1, 3, 8, _components }.Where(count => count <= _components).Distinct()];
        var together = counts.Select(count => new StudyTableRow(
            count == _components ? $"all {count}" : $"first {count}",
            CellProperties.Groups.ToDictionary(
                group => group.Name,
                group => (StudyFigure?)Figure(LinearDependence.Together(drawn, Place(group.Name), (0, count)))
            )
        ));
        Tables =
        [
            new StudyTable(
                $"{name}-layout",
                $"{name}: share of each property's variance that components explain together (R^2)",
                "components",
                columns,
                [.. together]
            )
            {
                Note = PictureWide,
            },
            new StudyTable(
                $"{name}-components",
                $"{name}: share of each component's variance that a property explains (R^2, eta^2)",
                "component",
                columns,
                [.. singly]
            )
            {
                IsDetail = true,
            },
            Information(),
        ];
    }

    public IReadOnlyList<StudyTable> Tables { get; }

    public IEnumerable<StudyDrawing> Drawings
    {
        get
        {
            yield return new StudyDrawing(
                $"plot-{_name}-components",
                $"{_name}: percent of each component's variance that a property explains.",
                StudyPlot.Heat($"{_name}: R^2, % of a component", Tables[1])
            );
            yield return new StudyDrawing(
                $"plot-{_name}-layout",
                $"{_name}: percent of a property that components explain together.",
                StudyPlot.Heat($"{_name}: R^2, % of a property", Tables[0])
            );
        }
    }

    public string Meaning
    {
        get
        {
            var (meant, appearance) = (Strongest(Tables[1], Meant), Strongest(Tables[1], Appearance));
            var all = Tables[0].Rows[^1];
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{_name}: weighted by their variance, class, depth or normals (whichever is strongest) explain {meant * 100:0} % "
                    + $"of the components and appearance (colour, brightness, time, weather or palette) {appearance * 100:0} %; all "
                    + $"{_components} together explain {Value(all, "class") * 100:0} % of class, {Value(all, "depth") * 100:0} % "
                    + $"of depth, {Value(all, "normal") * 100:0} % of normals, {Value(all, "colour") * 100:0} % of colour and "
                    + $"{Value(all, "brightness") * 100:0} % of brightness."
            );
        }
    }

    public IEnumerable<StudyTarget> Targets
    {
        get
        {
            var leading = Tables[1] with { Rows = [.. Tables[1].Rows.Take(Math.Min(8, _components))] };
            var (meant, appearance) = (Strongest(leading, Meant), Strongest(leading, Appearance));
            yield return new StudyTarget(
                $"{_name}: in the first {leading.Rows.Count} components semantics and geometry explain more than appearance",
                string.Create(CultureInfo.InvariantCulture, $"{meant:0.000} against {appearance:0.000}"),
                meant > appearance
            );
        }
    }

    private static double Value(StudyTableRow row, string property) => row[property]?.Value ?? 0;

    // Mean over components, weighted by variance, of the strongest of some properties.
    private double Strongest(StudyTable table, string[] properties)
    {
        var weights = _variances.Take(table.Rows.Count).ToArray();
        return table.Rows.Select((row, k) => weights[k] * properties.Max(property => Value(row, property))).Sum() / weights.Sum();
    }

    private (int First, int Count) Place(string property) =>
        (_components + CellProperties.Offset(property), CellProperties.Groups.First(group => group.Name == property).Count);

    private static Tensor Drawn(IReadOnlyList<StudyRow> rows, int resamples)
    {
        var count = rows.Count;
        var weights = new double[(1 + resamples) * count];
        weights.AsSpan(0, count).Fill(1);
        for (var resample = 0; resample < resamples; resample++)
        {
            var stream = new RandomStream(0xB0075).For(resample);
            for (var i = 0; i < count; i++)
                weights[(1 + resample) * count + (int)stream.IndexAt(i, count)]++;
        }
        using var scope = NewDisposeScope();
        var moments = tensor(rows.SelectMany(row => row.Values["moments"]).ToArray(), [count, rows[0].Values["moments"].Length]);
        return LinearDependence
            .Covariances(LinearDependence.Unpacked(tensor(weights, [1 + resamples, count]).mm(moments)))
            .MoveToOuterDisposeScope();
    }

    private StudyFigure Figure(Tensor values)
    {
        var all = values.contiguous().data<double>().ToArray();
        var sorted = all.Skip(1).Order().ToArray();
        return new StudyFigure(all[0], At(0.025), At(0.975), null, _rows.Count, 0);

        double At(double fraction) => sorted[(int)Math.Round(fraction * (sorted.Length - 1))];
    }

    private StudyTable Information()
    {
        var width = _components + CellProperties.Count;
        var rows = Enumerable
            .Range(0, _components)
            .Select(k => new StudyTableRow(
                string.Create(CultureInfo.InvariantCulture, $"PC {k + 1}"),
                Informed.ToDictionary(property => property, property => Bits(k, property, width))
            ));
        return new StudyTable(
            $"{_name}-information",
            $"{_name}: mutual information of a component and a property",
            "component",
            [.. Informed.Select(property => new StudyColumn(property, property, "bits", null, "0.00"))],
            [.. rows]
        )
        {
            IsDetail = true,
            Note =
                "Intervals by a jackknife over tenths of the references. What the picture's time, weather and palette tell here "
                + "counts cells of one picture as independent.",
        };
    }

    private StudyFigure? Bits(int component, string property, int width) =>
        StudyStatistics.Jackknife(
            _rows,
            rows =>
            {
                var cells = rows.SelectMany(row =>
                        Enumerable.Range(0, row.Values["cells"].Length / width).Select(cell => (Row: row.Values["cells"], At: cell * width))
                    )
                    .ToArray();
                var (first, count) = Place(property);
                int[] known =
                    count > 1
                        ? [.. cells.Select(cell => Array.FindIndex(cell.Row, cell.At + first, count, value => value > 0.5))]
                        : MutualInformation.Quantiles([.. cells.Select(cell => cell.Row[cell.At + first])], Bins);
                if (count > 1)
                    known = [.. known.Select((place, i) => place - cells[i].At - first)];
                return MutualInformation.Bits(
                    MutualInformation.Quantiles([.. cells.Select(cell => cell.Row[cell.At + component])], Bins),
                    known
                );
            }
        );
}
