using Lumen.Core.Tensors;
using Lumen.Layouts;
using Lumen.Models.Vision;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Layouts;

/// <summary>
/// Features made of one direction that says what stands where (variance 1) and one, stronger, that only says how it looks (variance 9): the
/// second changes in altered pictures.
/// </summary>
public sealed class AppearancePenaltyTests
{
    private const int Channels = 4;
    private static readonly FeatureSource Source = Toy.Source with { Channels = Channels };

    [Fact]
    public void Plain_components_lead_with_the_appearance_and_penalised_ones_with_the_structure()
    {
        using var scope = NewDisposeScope();
        using var plain = Fit(0);
        using var penalised = Fit(1);
        Assert.True(Share(plain, 1) > 0.95, $"The first plain component lies along the appearance by {Share(plain, 1):f2} only.");
        Assert.True(
            Share(penalised, 0) > 0.95,
            $"The first penalised component lies along the structure by {Share(penalised, 0):f2} only."
        );
    }

    [Fact]
    public void Layouts_of_a_penalised_basis_change_less_with_the_appearance()
    {
        using var scope = NewDisposeScope();
        using var plain = Fit(0);
        using var penalised = Fit(1);
        Assert.True(
            Change(penalised) < 0.2 * Change(plain),
            $"The layouts change by {Change(penalised):f2} with the penalty and {Change(plain):f2} without."
        );
    }

    [Fact]
    public void The_first_component_keeps_unit_size_and_the_basis_survives_its_file()
    {
        using var scope = NewDisposeScope();
        using var basis = Fit(1);
        using var folder = new Lumen.Testing.TempFolder();
        basis.Save(folder.Path);
        using var read = LayoutBasis.Load(folder.Path);
        Assert.Equal(basis.Hash, read.Hash);
        Assert.Equal(1, read.Options.AppearancePenalty);
        Assert.Equal(1, basis.Project(Features(false)).select(1, 0).square().mean().sqrt().item<float>(), 2);
    }

    [Fact]
    public void Altered_pictures_belong_to_a_penalty_and_a_penalty_is_a_finite_number_from_zero()
    {
        using var scope = NewDisposeScope();
        using var without = new BasisFitter(Options(0), Source);
        using var with = new BasisFitter(Options(1), Source);
        Assert.Throws<ArgumentException>(() => without.Add(Features(false), Features(true)));
        Assert.Throws<InvalidOperationException>(() => without.AddPair(Features(false), Features(true)));
        with.Add(Features(false));
        Assert.Contains("nothing says what counts", Assert.Throws<LumenException>(with.Fit).Message, StringComparison.Ordinal);
        Assert.Contains("penalty", Assert.Throws<LumenException>(() => new BasisFitter(Options(-1), Source)).Message);
        Assert.Contains("penalty", Assert.Throws<LumenException>(() => new BasisFitter(Options(double.NaN), Source)).Message);
    }

    [Fact]
    public void Pairs_say_what_a_look_changes_and_count_in_nothing_else()
    {
        using var scope = NewDisposeScope();
        using var together = Fit(1);
        using var fitter = new BasisFitter(Options(1), Source);
        fitter.Add(Features(false));
        fitter.AddPair(Features(false), Features(true));
        using var apart = fitter.Fit();
        Assert.Equal(together.Hash, apart.Hash);
        Assert.Equal(8, fitter.Pictures);
        var fault = Assert.Throws<ArgumentException>(() => fitter.AddPair(Features(false), Features(true).narrow(0, 0, 4)));
        Assert.Contains("as the features", fault.Message, StringComparison.Ordinal);
    }

    private static BasisOptions Options(double penalty) =>
        new()
        {
            Components = 1,
            Normalisation = FeatureNormalisation.None,
            AppearancePenalty = penalty,
        };

    private static LayoutBasis Fit(double penalty)
    {
        using var fitter = new BasisFitter(Options(penalty), Source);
        using var altered = penalty > 0 ? Features(true) : null;
        fitter.Add(Features(false), altered);
        return fitter.Fit();
    }

    // Squared cosine between the first component and an axis: 0 the structure, 1 the appearance.
    private static double Share(LayoutBasis basis, int axis) => basis.Principal.Components[0, axis].square().item<double>();

    private static double Change(LayoutBasis basis) =>
        (basis.Project(Features(true)) - basis.Project(Features(false))).square().mean().sqrt().item<float>();

    // [8, 4, 10, 10]
    private static Tensor Features(bool altered)
    {
        var random = new RandomStream(3);
        Tensor Maps(long stream, double size) => random.For(stream).Normal(8, 1, 10, 10) * size;
        return cat([Maps(1, 1), Maps(altered ? 2 : 3, 3), Maps(4, 0.05), Maps(5, 0.05)], 1);
    }
}
