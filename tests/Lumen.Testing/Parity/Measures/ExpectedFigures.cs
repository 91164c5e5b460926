using System.Globalization;
using System.Text.Json;
using static TorchSharp.torch;

namespace Lumen.Testing.Parity.Measures;

/// <summary>The numbers of an <c>expected.json</c> by path (<c>per_image/0/abs_rel</c>), and which of them have been compared.</summary>
internal sealed class ExpectedFigures
{
    private readonly CaseRun _run;
    private readonly Dictionary<string, double?> _figures = new(StringComparer.Ordinal);
    private readonly HashSet<string> _compared = [];

    private ExpectedFigures(CaseRun run, JsonElement root)
    {
        (_run, Root) = (run, root);
        Collect("", root);
    }

    /// <summary>The whole document, for what is given rather than expected.</summary>
    public JsonElement Root { get; }

    /// <summary>Paths of all numbers and nulls.</summary>
    public IReadOnlyCollection<string> Names => _figures.Keys;

    /// <summary>Names of the fields of a case's expected.json; empty without one.</summary>
    public static IReadOnlySet<string> FieldsOf(ReferenceCase reference)
    {
        if (!reference.Holds("expected.json"))
            return new HashSet<string>();
        using var document = JsonDocument.Parse(File.ReadAllText(reference.Path("expected.json")));
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.EnumerateObject().Select(field => field.Name).ToHashSet()
            : new HashSet<string>();
    }

    public static ExpectedFigures Of(CaseRun run)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(run.Case.Path("expected.json")));
        return new ExpectedFigures(run, document.RootElement.Clone());
    }

    /// <summary>Compares a figure if it is expected; null stands for one that does not exist.</summary>
    public void Compare(string name, double? got)
    {
        if (!_figures.TryGetValue(name, out var want))
            return;
        _compared.Add(name);
        if (want is { } wanted && got is { } value)
            _run.Compare(name.Replace('/', '.'), tensor(value, ScalarType.Float64), tensor(wanted, ScalarType.Float64));
        else
            _run.CompareCount(name.Replace('/', '.'), want is null == got is null ? 0 : 1, "exists or does not");
    }

    /// <summary>Compares a list of figures: <c>iou/0</c>, <c>iou/1</c>, ...</summary>
    public void CompareAll(string name, IEnumerable<double?> got)
    {
        foreach (var (value, index) in got.Select((value, index) => (value, index)))
            Compare(string.Create(CultureInfo.InvariantCulture, $"{name}/{index}"), value);
    }

    /// <summary>Compares every expected figure whose name begins with <paramref name="prefix"/> and goes on with a number.</summary>
    public void CompareNumbered(string prefix, Func<double, double> got)
    {
        foreach (var name in _figures.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
        {
            if (double.TryParse(name[prefix.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                Compare(name, got(number));
        }
    }

    /// <summary>Marks as given, not expected.</summary>
    public void Given(params ReadOnlySpan<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            foreach (var name in _figures.Keys)
            {
                if (name == prefix || name.StartsWith(prefix + "/", StringComparison.Ordinal))
                    _compared.Add(name);
            }
        }
    }

    /// <summary>Reports what is expected and was not compared.</summary>
    public void ReportRest()
    {
        foreach (var name in _figures.Keys.Except(_compared))
            _run.Unsupported(name.Replace('/', '.'), "nothing here computes it");
    }

    private void Collect(string path, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject())
                    Collect(path.Length == 0 ? field.Name : $"{path}/{field.Name}", field.Value);
                break;
            case JsonValueKind.Array:
                foreach (var (item, index) in element.EnumerateArray().Select((item, index) => (item, index)))
                    Collect($"{path}/{index}", item);
                break;
            case JsonValueKind.Number:
                _figures[path] = element.GetDouble();
                break;
            case JsonValueKind.Null:
                _figures[path] = null;
                break;
        }
    }
}
