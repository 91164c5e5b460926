using System.CommandLine;
using Lumen.Generation;

namespace Lumen.Cli;

/// <summary>The options of every verb that reads layouts from pictures: the basis, and the network it was fitted to.</summary>
internal sealed class ReaderOptions
{
    private readonly Option<string?> _model = ModelOptions.Model();
    private readonly Option<string?> _basis = LayoutCommand.Basis();
    private readonly Option<string?> _weights = BackboneFlags.BasisWeights();
    private readonly PlacementFlags _placement;
    private readonly ModelFileFlags _single;

    public ReaderOptions(Command command)
    {
        foreach (var option in new Option[] { _model, _basis, _weights })
            command.Options.Add(option);
        _placement = PlacementFlags.AddTo(command);
        _single = ModelFileFlags.AddTo(command);
    }

    /// <summary>The folder of the basis, if one was given.</summary>
    public string? Basis(ParseResult parsed) => ModelOptions.Located(parsed.GetValue(_basis));

    /// <summary>Files and folders that are read where the options name them.</summary>
    public IEnumerable<string?> Inputs(ParseResult parsed) => new[] { _model, _basis, _weights }.Select(option => parsed.GetValue(option));

    /// <summary>Opens basis and network.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="threads">How many threads a diffusion model has, as in lumen generate: the same layouts come of it. Null where the
    /// network is another.</param>
    /// <exception cref="LumenException">One is missing, or they do not belong together.</exception>
    public LayoutExtractor Open(ParseResult parsed, out ComputeThreads? threads)
    {
        var folder = new Lazy<string>(() => ModelOptions.ModelFolder(parsed.GetValue(_model))); // a basis of other weights needs no model
        var placement = _placement.Of(parsed);
        var basis = ModelOptions.Located(parsed.GetValue(_basis)) ?? ModelOptions.AdapterFolder(null, folder.Value);
        ComputeThreads? chosen = null;
        var extractor = LayoutExtractor.Open(
            basis,
            ModelOptions.Located(parsed.GetValue(_weights)),
            placement,
            () =>
            {
                var model = DiffusionModel.Load(folder.Value, placement, _single.Of(parsed));
                chosen = new ComputeThreads(model);
                return model;
            },
            Extensions.Of(parsed).Registry
        );
        threads = chosen;
        return extractor;
    }
}
