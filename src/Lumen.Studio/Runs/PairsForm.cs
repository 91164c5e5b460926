using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Lumen.Training;

namespace Lumen.Studio.Runs;

/// <summary>The pairs of a training: <see cref="RecipePairs"/> with the name of a data set in place of a folder.</summary>
internal sealed record PairsForm
{
    [Description("Name of the enlarged data set that was made of these very pictures, as GET /api/datasets lists it.")]
    public required string Dataset { get; init; }

    [
        Range(0.0, 1.0),
        Description("Share of the samples whose layout is read from a variant of the picture; 0: pairs count in the basis alone.")
    ]
    public double Share { get; init; } = new RecipePairs().Share;

    [Range(-1.0, 1.0), Description("Variants that agree less with the layout of their source are not used.")]
    public double MinAgreement { get; init; } = new RecipePairs().MinAgreement;

    /// <summary>Refuses what cannot be used, before anything is opened.</summary>
    /// <param name="form">The training.</param>
    /// <exception cref="LumenException">An entry is out of range, or pairs say nothing in such a training.</exception>
    public void Require(TrainingForm form)
    {
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateObject(this, new ValidationContext(this), results, validateAllProperties: true))
            throw Fault(string.Join(" ", results.Select(result => result.ErrorMessage)));
        if (form.Dataset is null)
            throw Fault(
                "Pairs are those of a data set's pictures, but this training draws its scenes. Name a data set, or leave them out."
            );
        if (form.Condition != "layout")
            throw Fault($"Pairs take the look out of layouts; the condition {form.Condition} is made without any. Leave them out.");
        if (Share == 0 && form.AppearancePenalty == 0)
            throw Fault("With a share of 0 and without an appearance penalty pairs change nothing. Raise one of them, or leave them out.");
    }

    /// <summary>The entry of the recipe.</summary>
    /// <param name="folder">Folder of the enlarged data set.</param>
    public RecipePairs ToRecipe(string folder) =>
        new()
        {
            Folder = folder,
            Share = Share,
            MinAgreement = MinAgreement,
        };

    private static LumenException Fault(string sentence) => new(LumenErrorKind.Option, sentence);
}
